# SPDX-License-Identifier: Apache-2.0
"""What ssh-keygen does not make, for regen.sh: openssl signs, the rest is put together by hand."""
import base64
import hashlib
import pathlib
import struct
import subprocess
import sys

private = pathlib.Path(sys.argv[1])
message = pathlib.Path("message").read_bytes()


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout


def string(data):
    return struct.pack(">I", len(data)) + data


def mpint(number):
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def signed_bytes(hash_name):
    return (b"SSHSIG" + string(b"git") + string(b"") + string(hash_name.encode())
            + string(hashlib.new(hash_name, message).digest()))


def write(name, key, signature, hash_name="sha512"):
    blob = (b"SSHSIG" + struct.pack(">I", 1) + string(key) + string(b"git") + string(b"")
            + string(hash_name.encode()) + string(signature))
    text = base64.b64encode(blob).decode()
    lines = [text[i:i + 70] for i in range(0, len(text), 70)]
    pathlib.Path(name + ".sig").write_text(
        "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]))


def good(name, key):
    fingerprint = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    with open("good", "a") as file:
        file.write(f"{name}\tSHA256:{fingerprint}\n")


def bad(name, code, words):
    with open("bad", "a") as file:
        file.write(f"{name}\t{code}\t{words}\n")


def sign_raw(key, data, *arguments):
    (private / "data").write_bytes(data)
    return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", private / "data", *arguments)


def r_and_s(der):
    """SEQUENCE of two INTEGERs, short enough for lengths of one byte."""
    assert der[0] == 0x30 and der[2] == 2
    r = der[4:4 + der[3]]
    s = der[4 + len(r) + 2:]
    return int.from_bytes(r, "big"), int.from_bytes(s, "big")


# RSA: ssh-keygen writes rsa-sha2-512 only.
def rsa(name, algorithm, *arguments):
    key = private / "rsa2048"
    line = (private / "rsa2048.pub").read_text().split()[1]
    blob = base64.b64decode(line)
    signature = sign_raw(key, signed_bytes("sha512"), *arguments)
    write(name, blob, string(algorithm) + string(signature))
    return blob, signature


good("rsa2048-rsa-sha2-256", rsa("rsa2048-rsa-sha2-256", b"rsa-sha2-256", "-digest", "sha256")[0])
rsa("rsa2048-sha1", b"ssh-rsa", "-digest", "sha1")
bad("rsa2048-sha1", "algorithm-unsupported", 'SSH signature algorithm "ssh-rsa" by a key of type ssh-rsa')
rsa("rsa2048-sha1-as-sha512", b"rsa-sha2-512", "-digest", "sha1")
bad("rsa2048-sha1-as-sha512", "signature-mismatch", "not a signature of these bytes")
rsa("rsa2048-sha256-as-sha512", b"rsa-sha2-512", "-digest", "sha256")
bad("rsa2048-sha256-as-sha512", "signature-mismatch", "not a signature of these bytes")
rsa("rsa2048-pss", b"rsa-sha2-512", "-digest", "sha512", "-pkeyopt", "rsa_padding_mode:pss")
bad("rsa2048-pss", "signature-mismatch", "not a signature of these bytes")

# A signature that begins with a zero byte, which some agents leave out.
while True:
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private / "short")
    signature = sign_raw(private / "short", signed_bytes("sha512"), "-digest", "sha512")
    if signature[0] == 0:
        break
modulus = int(openssl("rsa", "-in", private / "short", "-noout", "-modulus").decode().split("=")[1], 16)
short_key = string(b"ssh-rsa") + mpint(65537) + mpint(modulus)
write("rsa2048-zero-left-out", short_key, string(b"rsa-sha2-512") + string(signature.lstrip(b"\0")))
good("rsa2048-zero-left-out", short_key)
write("rsa2048-zero-added", short_key, string(b"rsa-sha2-512") + string(b"\0" + signature))
bad("rsa2048-zero-added", "signature-mismatch", "256 bytes, found 257")

# Security keys.
openssl("genpkey", "-algorithm", "ED25519", "-out", private / "sk-ed25519")
openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private / "sk-ecdsa")


def public_point(name, size):
    return openssl("pkey", "-in", private / name, "-pubout", "-outform", "DER")[-size:]


def sk(name, kind, flags, application=b"ssh:", signed_application=None, signed_flags=None, algorithm=None,
       sloppy=False):
    inner = hashlib.sha256(signed_bytes("sha512")).digest()
    data = (hashlib.sha256(application if signed_application is None else signed_application).digest()
            + struct.pack(">BI", flags if signed_flags is None else signed_flags, 7) + inner)
    if kind == "ed25519":
        type_name = b"sk-ssh-ed25519@openssh.com"
        key = string(type_name) + string(public_point("sk-ed25519", 32)) + string(application)
        signature = sign_raw(private / "sk-ed25519", data)
    else:
        type_name = b"sk-ecdsa-sha2-nistp256@openssh.com"
        key = (string(type_name) + string(b"nistp256") + string(public_point("sk-ecdsa", 65))
               + string(application))
        r, s = r_and_s(sign_raw(private / "sk-ecdsa", data, "-digest", "sha256"))
        signature = (string(b"\0" + r.to_bytes(32, "big")) if sloppy else mpint(r)) + mpint(s)
    write(name, key, string(algorithm or type_name) + string(signature) + struct.pack(">BI", flags, 7))
    return key


for kind in "ed25519", "ecdsa":
    for flags in 0x01, 0x05, 0x1d:
        name = f"sk-{kind}-{flags:02x}"
        good(name, sk(name, kind, flags))
    good(f"sk-{kind}-application", sk(f"sk-{kind}-application", kind, 1, b"ssh:example"))
    for flags in 0x00, 0x04, 0x18, 0xfe:
        name = f"sk-{kind}-{flags:02x}"
        sk(name, kind, flags)
        bad(name, "signature-mismatch", f"was not touched (flags 0x{flags:02x})")
    for flags in 0x03, 0x21, 0x41, 0x81, 0xff:
        name = f"sk-{kind}-{flags:02x}"
        sk(name, kind, flags)
        bad(name, "signature-mismatch", f"unknown flags 0x{flags:02x}")
    sk(f"sk-{kind}-other-flags", kind, 1, signed_flags=5)
    bad(f"sk-{kind}-other-flags", "signature-mismatch", "not a signature of these bytes")
    sk(f"sk-{kind}-touch-forged", kind, 1, signed_flags=0)
    bad(f"sk-{kind}-touch-forged", "signature-mismatch", "not a signature of these bytes")
    sk(f"sk-{kind}-other-application", kind, 1, signed_application=b"ssh:other")
    bad(f"sk-{kind}-other-application", "signature-mismatch", "not a signature of these bytes")
sk("sk-ecdsa-webauthn", "ecdsa", 1, algorithm=b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com")
bad("sk-ecdsa-webauthn", "algorithm-unsupported", 'algorithm "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"')
sk("sk-ed25519-plain", "ed25519", 1, algorithm=b"ssh-ed25519")
bad("sk-ed25519-plain", "algorithm-unsupported", 'algorithm "ssh-ed25519" by a key of type sk-ssh-ed25519@openssh.com')
while True: # r below 2^255, so that a zero in front is one too many
    sk("sk-ecdsa-number-padded", "ecdsa", 1, sloppy=True)
    text = pathlib.Path("sk-ecdsa-number-padded.sig").read_text().split("-----")[2]
    blob = base64.b64decode(text)
    at = blob.rindex(b"openssh.com") + 11
    if blob[at + 9] < 0x80:
        break
bad("sk-ecdsa-number-padded", "malformed", "not r and s of ECDSA")
