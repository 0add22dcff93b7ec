#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes certs.pem and tokens.tsv anew, with keys that are thrown away: timestamps that are good, and such
that differ from a good one in one thing.  Needs openssl and faketime.  Columns: name, stable word of the
error or "ok", what its message has, token in base64."""
import base64, hashlib, os, shutil, subprocess, tempfile

here = os.path.dirname(os.path.abspath(__file__))
tmp = tempfile.mkdtemp()
os.chdir(tmp)

def run(*args, stdin=None):
    return subprocess.run(args, input=stdin, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout

# ---- DER
def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body
def seq(*p): return tlv(0x30, *p)
def num(n): return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))
def octets(b): return tlv(4, b)
def oid(text):
    arcs = [int(a) for a in text.split(".")]
    out = b""
    for arc in [40 * arcs[0] + arcs[1]] + arcs[2:]:
        part = [arc & 0x7f]
        while arc > 0x7f:
            arc >>= 7
            part.insert(0, 0x80 | arc & 0x7f)
        out += bytes(part)
    return tlv(6, out)
NULL = tlv(5)
def whole(b, at):
    n, head = b[at + 1], 2
    if n & 0x80:
        head += n & 0x7f
        n = int.from_bytes(b[at + 2:at + head], "big")
    return b[at:at + head + n]
def items(b):
    body, out, at = b[len(b) - len_of(b):], [], 0
    while at < len(body):
        out.append(whole(body, at))
        at += len(out[-1])
    return out
def len_of(b):
    return b[1] if b[1] < 0x80 else int.from_bytes(b[2:2 + (b[1] & 0x7f)], "big")

HASHES = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3"}
RSA_ENC, TST, SIGNED = "1.2.840.113549.1.1.1", "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
TYPE, DIGEST, ESS2, ESS1 = ("1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.16.2.47",
    "1.2.840.113549.1.9.16.2.12")

# ---- certificates
PEMS = []
def key(name, kind):
    opts = {"p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "ed": ["-algorithm", "ED25519"]}[kind]
    run("openssl", "genpkey", *opts, "-out", name + ".key")
def cert(name, issuer, ext, kind="p256", subject=None, serial=None, start="2020-01-01 00:00:00", days=10957):
    key(name, kind)
    with open(name + ".cnf", "w") as f:
        f.write(ext)
    subject = subject or name
    run("openssl", "req", "-new", "-key", name + ".key", "-subj", "/O=Test/CN=" + subject, "-out", name + ".csr")
    sign = ["-signkey", name + ".key"] if not issuer else ["-CA", issuer + ".crt", "-CAkey", issuer + ".key"]
    run("faketime", start, "openssl", "x509", "-req", "-in", name + ".csr", *sign, "-days", str(days), "-set_serial",
        str(serial or len(PEMS) + 1), "-extfile", name + ".cnf", "-out", name + ".crt")
    with open(name + ".crt") as f:
        pem = f.read()
    PEMS.append((name, pem))
    return der(name)
def der(name):
    return run("openssl", "x509", "-in", name + ".crt", "-outform", "DER")

CA = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n"
TSA = "keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nextendedKeyUsage="
cert("root", None, CA)
cert("inter", "root", CA + "extendedKeyUsage=timeStamping\n")
cert("inter-code", "root", CA + "extendedKeyUsage=codeSigning\n")
cert("other-root", None, CA)
cert("tsa", "inter", TSA + "critical,timeStamping\n", serial=77)
cert("twin", "inter", TSA + "critical,timeStamping\n", subject="twin", serial=77) # the same issuer and serial
cert("tsa-rsa", "inter", TSA + "critical,timeStamping\n", kind="rsa")
cert("tsa-ed", "inter", TSA + "critical,timeStamping\n", kind="ed")
cert("tsa-p384", "inter", TSA + "critical,timeStamping\n", kind="p384")
cert("nonrepudiation", "inter", "keyUsage=critical,nonRepudiation\nextendedKeyUsage=critical,timeStamping\n")
cert("no-usage", "inter", "extendedKeyUsage=critical,timeStamping\n")
cert("wrong-usage", "inter", "keyUsage=keyAgreement\nextendedKeyUsage=critical,timeStamping\n")
cert("not-critical", "inter", TSA + "timeStamping\n")
cert("two-purposes", "inter", TSA + "critical,timeStamping,codeSigning\n")
cert("code", "inter", TSA + "critical,codeSigning\n")
cert("any-purpose", "inter", TSA + "critical,anyExtendedKeyUsage\n")
cert("no-purpose", "inter", "keyUsage=critical,digitalSignature\n")
cert("of-code-ca", "inter-code", TSA + "critical,timeStamping\n")
cert("expired", "inter", TSA + "critical,timeStamping\n", days=365)
cert("future", "inter", TSA + "critical,timeStamping\n", start="2026-01-01 00:00:00", days=365)
cert("self", None, TSA + "critical,timeStamping\n")

# ---- tokens
MESSAGE = b"what was stamped"
def alg(name, null=False): return seq(oid(HASHES[name]), NULL if null else b"")
ECDSA = {h: seq(oid("1.2.840.10045.4.3.%d" % n)) for h, n in (("sha256", 2), ("sha384", 3), ("sha512", 4))}
RSA = {h: seq(oid("1.2.840.113549.1.1.%d" % n), NULL) for h, n in (("sha256", 11), ("sha384", 12), ("sha512", 13))}
def pss(h):
    return seq(oid("1.2.840.113549.1.1.10"), seq(tlv(0xa0, alg(h, True)), tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"),
        alg(h, True))), tlv(0xa2, num(hashlib.new(h).digest_size))))

def info(imprint="sha256", message=MESSAGE, version=1, time="20250101120000Z", serial=num(7), rest=b"", null=True,
        digest=None, policy=oid("1.2.3.4")):
    return seq(num(version), policy, seq(alg(imprint, null), octets(digest if digest is not None else
        hashlib.new(imprint, message).digest())), serial, tlv(0x18, time.encode()), rest)

def names(c):
    tbs = items(items(c)[0])
    return tbs[3], tbs[1] # issuer, serial
def ess(c, h="sha256", full=False, digest=None, explicit=False, issuer_of=None):
    issuer, serial = names(issuer_of or c)
    return seq(alg(h) if h != "sha256" or explicit else b"", octets(digest or hashlib.new(h, c).digest()),
        seq(seq(tlv(0xa4, issuer)), serial) if full else b"")
def attr(name, *values): return seq(oid(name), tlv(0x31, *values))

def token(signer="tsa", tst=None, h="sha256", certs=("tsa",), sid=None, version=None, attrs=None, extra=(),
        order=True, sig_alg=None, ess_list=None, content_type=TST, signed_type=TST, sign_hash=None, key=None, pad=None,
        digest=None, no_attrs=False, signers=1, data_version=3, flip=False, unsigned=b"", crls=b"", ids=None,
        wrap_certs=None, signed=None):
    tst = tst if tst is not None else info()
    c = der(signer)
    issuer, serial = names(c)
    if attrs is None:
        attrs = [attr(TYPE, oid(signed_type)), attr(DIGEST, octets(digest or hashlib.new(h, tst).digest())),
            attr(ESS2, seq(seq(*(ess_list or [ess(c)]))))]
    attrs = list(attrs) + list(extra)
    attrs = sorted(attrs) if order else sorted(attrs, reverse=True)
    body = b"".join(attrs)
    sign_hash = sign_hash or h
    with open("in", "wb") as f:
        f.write(tlv(0x31, body) if signed is None else signed)
    if signer == "tsa-ed":
        sig, default = run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", (key or signer) + ".key", "-in", "in"), seq(oid("1.3.101.112"))
    else:
        opts = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if pad else []
        sig = run("openssl", "dgst", "-" + sign_hash, "-sign", (key or signer) + ".key", *opts, "in")
        default = (RSA if signer == "tsa-rsa" else ECDSA)[sign_hash]
    if flip:
        sig = sig[:-1] + bytes([sig[-1] ^ 1])
    sid = sid or seq(issuer, serial)
    one = seq(num(version or (3 if sid[0] == 0x80 else 1)), sid, alg(h) if h in HASHES else h,
        b"" if no_attrs else tlv(0xa0, body), sig_alg or default, octets(sig), unsigned)
    inside = b"".join(der(n) for n in certs)
    return seq(oid(SIGNED), tlv(0xa0, seq(num(data_version), tlv(0x31, alg(h) if ids is None else ids),
        seq(oid(content_type), tlv(0xa0, octets(tst))), wrap_certs if wrap_certs is not None else
        tlv(0xa0, inside) if certs else b"", crls, tlv(0x31, one * signers))))
def resp(t, status=0, more=b""): return seq(seq(num(status), more), t)

rows = []
def add(name, word, text, data): rows.append((name, word, text, base64.b64encode(data).decode()))
def good(name, data): add(name, "ok", "", data)
def bad(name, text, data, word="malformed"): add(name, word, text, data)
def no(name, text, data): add(name, "timestamp-invalid", "timestamp invalid: " + text, data)

good("plain", resp(token()))
good("bare", token())
good("granted-with-mods", resp(token(), 1, seq(tlv(0x0c, b"a word"))))
good("no-certs", token(certs=()))
good("no-certs-empty-set", token(wrap_certs=tlv(0xa0)))
good("decoy-first", token(certs=("twin", "tsa-rsa", "tsa", "inter")))
good("decoy-last", token(certs=("tsa", "inter", "tsa-rsa", "twin")))
good("twin-signs", token("twin", certs=("tsa", "twin", "inter")))
for h in ("sha256", "sha384", "sha512"):
    good("imprint-" + h, token(tst=info(h)))
    good("digest-" + h, token(h=h))
    good("rsa-" + h, token("tsa-rsa", h=h, certs=("tsa-rsa",)))
    good("rsa-encryption-" + h, token("tsa-rsa", h=h, certs=("tsa-rsa",), sig_alg=seq(oid(RSA_ENC), NULL)))
    good("pss-" + h, token("tsa-rsa", h=h, certs=("tsa-rsa",), sig_alg=pss(h), pad=True))
    good("ess-" + h, token(ess_list=[ess(der("tsa"), h, True, explicit=True)]))
good("ed25519", token("tsa-ed", h="sha512", certs=("tsa-ed",)))
good("p384", token("tsa-p384", h="sha384", certs=("tsa-p384",)))
good("nonrepudiation", token("nonrepudiation", certs=("nonrepudiation",)))
good("no-usage", token("no-usage", certs=("no-usage",)))
ski = run("openssl", "x509", "-in", "tsa.crt", "-noout", "-ext", "subjectKeyIdentifier").decode().split()[-1]
ski = bytes.fromhex(ski.replace(":", ""))
good("key-identifier", token(sid=tlv(0x80, ski)))
good("ess-chain", token(ess_list=[ess(der("tsa")), ess(der("inter"), full=True)]))
good("other-attribute", token(extra=[attr("1.2.3.9", num(1))]))
good("ess-v1-too", token(extra=[attr(ESS1, seq(seq(seq(octets(b"x" * 20)))))]))
good("unsigned-attributes", token(unsigned=tlv(0xa1, attr("1.2.3.9", num(1)))))
good("imprint-without-null", token(tst=info(null=False)))
full = seq(num(1), tlv(0x80, b"\x03\xe7"), tlv(0x81, b"\x01")) + tlv(1, b"\xff") + num(1 << 63) + tlv(0xa0,
    tlv(0xa4, names(der("tsa"))[0])) + tlv(0xa1, seq(oid("1.2.3.9"), octets(b"x")))
good("all-fields", token(tst=info(rest=full)))
good("fraction", token(tst=info(time="20250101120000.987654Z")))

for n, word in ((2, "rejection"), (3, "waiting"), (4, "revocationWarning"), (5, "revocationNotification"), (6, "unknown")):
    no("status-%d" % n, "expected status 0 (granted) or 1 (grantedWithMods), found %d (%s)" % (n, word), resp(token(), n))
no("rejected-without-token", "expected status 0", seq(seq(num(2), tlv(3, b"\x05\x20"))))
no("imprint-of-others", "it is of other bytes: expected imprint sha256:", token(tst=info(message=b"other")))
no("imprint-sha1", "imprint: algorithm not supported: digest 1.3.14.3.2.26", token(tst=info("sha1")))
no("imprint-empty", "it is of other bytes", token(tst=info(digest=b"")))
no("imprint-short", "it is of other bytes", token(tst=info(digest=hashlib.sha256(MESSAGE).digest()[:31])))
no("digest-sha1", "algorithm not supported: digest 1.3.14.3.2.26", token(h="sha1", sign_hash="sha256"))
no("signature-flipped", "signature verification failed", token(flip=True))
no("signature-of-another-key", "signature verification failed", token(key="twin"))
no("signed-content-and-not-attributes", "signature verification failed", token(signed=info()))
no("signed-with-the-wrong-tag", "signature verification failed", token(signed=tlv(0xa0, b"")))
no("digest-mismatch", "the signed attribute message-digest is not the digest of the content", token(digest=b"x" * 32))
no("type-mismatch", "the signed attribute content-type is not", token(signed_type="1.2.840.113549.1.7.1"))
no("ess-of-another", "the signed attribute signing-certificate-v2 names another", token(ess_list=[ess(der("inter"))]))
no("ess-second-is-the-signer", "the signed attribute signing-certificate-v2 names another",
    token(ess_list=[ess(der("inter")), ess(der("tsa"))]))
no("ess-other-issuer-serial", "the signed attribute signing-certificate-v2 names another",
    token(ess_list=[ess(der("tsa"), full=True, issuer_of=der("inter"))]))
no("ess-sha1", "the signed attribute signing-certificate-v2 names another", token(ess_list=[ess(der("tsa"), "sha1")]))
no("ess-chain-without-inter", "certificate chain invalid: \"CN=inter,O=Test\" is not among",
    token(ess_list=[ess(der("tsa")), ess(der("other-root"))]))
no("signer-absent", "no certificate of the signer, neither among the 1 inside nor the 2 known", token("tsa-rsa", certs=("twin",)))
no("key-identifier-of-none", "no certificate of the signer", token(sid=tlv(0x80, b"x" * 20)))
no("hash-and-signature-differ", "algorithm not supported: signature ecdsa-sha256 with digest sha512",
    token(h="sha512", sign_hash="sha256"))
no("unknown-signature", "algorithm not supported: signature 1.2.3", token(sig_alg=seq(oid("1.2.3"))))
no("ecdsa-said-to-be-rsa", "algorithm not supported: rsa-sha256 by an ECDSA P-256 key", token(sig_alg=RSA["sha256"]))
for name, text in (("not-critical", "has an extended key usage timeStamping that is not critical"),
        ("two-purposes", "has more than timeStamping"), ("code", "has no timeStamping"), ("any-purpose", "has no timeStamping"),
        ("no-purpose", "has no timeStamping"), ("wrong-usage", "has neither digitalSignature nor nonRepudiation")):
    no(name, "certificate chain invalid: \"CN=%s,O=Test\" %s" % (name, text), token(name, certs=(name,)))
no("of-code-ca", "certificate chain invalid: \"CN=inter-code,O=Test\" is a CA whose extended key usage has no timeStamping",
    token("of-code-ca", certs=("of-code-ca", "inter-code")))
no("expired", "certificate expired: \"CN=expired,O=Test\"", token("expired", certs=("expired",)))
no("future", "certificate expired or not yet valid: \"CN=future,O=Test\"", token("future", certs=("future",)))
no("self", "trust anchor not found: \"CN=self,O=Test\" issued itself", token("self", certs=("self",)))

t = token()
bad("empty", "not valid DER", b"")
bad("trailing", "bytes after its end", resp(t) + b"\0")
bad("cut-off", "not valid DER", resp(t)[:-1])
bad("granted-without-token", "a response that is not status and token", seq(seq(num(0))))
bad("two-tokens", "a response that is not status and token", seq(seq(num(0)), t, t))
bad("status-odd", "its status is not what it should be", seq(seq(num(0), num(0)), t))
bad("status-huge", "its status is not what it should be", resp(t, 256))
bad("status-negative", "its status is not what it should be", seq(seq(tlv(2, b"\xff")), t))
bad("not-signed-data", "it is not a ContentInfo of SignedData", seq(oid("1.2.840.113549.1.7.1"), tlv(0xa0, octets(b"x"))))
bad("not-a-sequence", "it is neither a response nor a token", num(0))
bad("data-version", "its version is not 3", token(data_version=1))
bad("no-signer", "no signer, expected one", token(signers=0))
bad("two-signers", "more than one signer, expected one", token(signers=2))
bad("no-attributes", "no signed attributes", token(no_attrs=True))
bad("content-type", "its content is not TSTInfo", token(content_type="1.2.840.113549.1.7.1"))
bad("signer-version", "the signer is neither", token(version=3))
bad("attributes-unsorted", "the signed attributes are not in the order of DER", token(order=False))
digest = octets(hashlib.sha256(info()).digest())
three = [attr(TYPE, oid(TST)), attr(DIGEST, digest), attr(ESS2, seq(seq(ess(der("tsa")))))]
for i, name in enumerate(("content-type", "message-digest", "signing-certificate-v2")):
    bad("without-" + name, "no signed attribute " + name, token(attrs=three[:i] + three[i + 1:]))
    bad("twice-" + name, "signed attribute %s is not what it should be" % name,
        token(attrs=three[:i] + three[i + 1:] + [three[i][:0] + seq(items(three[i])[0], tlv(0x31, items(items(three[i])[1])[0] * 2))]))
bad("digest-attribute-twice", "signed attribute message-digest stands there twice",
    token(extra=[attr(DIGEST, octets(b"x" * 32))]))
bad("ess-v1-only", "no signed attribute signing-certificate-v2", token(attrs=three[:2] +
    [attr(ESS1, seq(seq(seq(octets(hashlib.sha1(der("tsa")).digest())))))]))
bad("ess-empty", "signing-certificate-v2 is not what it should be", token(attrs=three[:2] + [attr(ESS2, seq(seq()))]))
bad("attribute-without-value", "a signed attribute is not what it should be", token(extra=[attr("1.2.3.9")]))
bad("after-unsigned", "something after the signature", token(unsigned=num(1)))
bad("attribute-certificate", "a certificate of another kind than X.509", token(wrap_certs=tlv(0xa0, der("tsa"), tlv(0xa1, num(1)))))
bad("broken-certificate", "certificate 1: invalid certificate", token(wrap_certs=tlv(0xa0, seq(num(1)))))
bad("too-many-certificates", "more than 16 certificates", token(certs=("tsa",) * 17), "limit")
bad("info-version", "it is not TSTInfo of version 1", token(tst=info(version=2)))
bad("info-trailing", "bytes after its end", token(tst=info() + b"\0"))
bad("info-not-der", "TSTInfo: not valid DER", token(tst=b"\x30\x80"))
bad("info-no-policy", "no policy", token(tst=info(policy=b"")))
bad("info-no-serial", "no serial number", token(tst=info(serial=b"")))
for name, time in (("offset", "20250101120000+0100"), ("local", "20250101120000"), ("no-seconds", "202501011200Z"),
        ("zero-at-end", "20250101120000.50Z"), ("no-digits", "20250101120000.Z"), ("comma", "20250101120000,5Z"),
        ("letters", "20250101120000.5aZ"), ("long-fraction", "20250101120000." + "1" * 19 + "Z")):
    bad("time-" + name, "its time is not YYYYMMDDhhmmss[.s]Z", token(tst=info(time=time)))
for name, time in (("month-13", "20251301120000Z"), ("february-30", "20250230120000Z"), ("hour-24", "20250101240000Z"),
        ("second-60", "20250101115960Z"), ("sign", "2025-101120000Z")):
    bad("time-" + name, "invalid timestamp: ", token(tst=info(time=time)))
for name, rest, text in (("accuracy-1000", seq(tlv(0x80, b"\x03\xe8")), "its accuracy"),
        ("accuracy-negative", seq(tlv(0x81, b"\xff")), "its accuracy"), ("accuracy-long", seq(tlv(0x80, b"\0\x01")), "its accuracy"),
        ("accuracy-order", seq(tlv(0x81, b"\x01"), tlv(0x80, b"\x01")), "its accuracy"), ("ordering-false", tlv(1, b"\0"), "ordering is false"),
        ("tsa-empty", tlv(0xa0), "the name of its authority"), ("extensions-empty", tlv(0xa1), "no extension in its extensions"),
        ("extension-critical", tlv(0xa1, seq(oid("1.2.3.9"), tlv(1, b"\xff"), octets(b"x"))), "a critical extension"),
        ("extension-odd", tlv(0xa1, seq(oid("1.2.3.9"))), "an extension is not what it should be"),
        ("order", num(5) + tlv(1, b"\xff"), "out of order"), ("unknown-field", tlv(0xa2, num(1)), "after its last field")):
    bad("info-" + name, text, token(tst=info(rest=rest)))

KEEP = ("root", "inter", "other-root", "tsa", "twin")
with open(os.path.join(here, "certs.pem"), "w") as f:
    f.write("".join(dict(PEMS)[n] for n in KEEP))
with open(os.path.join(here, "tokens.tsv"), "w") as f:
    f.write("".join("\t".join(r) + "\n" for r in rows))
shutil.rmtree(tmp)
print(len(rows), "tokens")
