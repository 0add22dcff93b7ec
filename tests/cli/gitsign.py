#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signs as gitsign does for `git config gpg.x509.program`: a short-lived certificate of an authority of the tests' own, and an
RFC 3161 timestamp in the unsigned attribute id-aa-timeStampToken.  Everything is made by openssl; here attributes are put in.

usage: gitsign.py -bsau KEY < payload, with STAGE naming a folder that has sign.key, sign.crt, tsa.cnf
Variables: STAMP=no (no timestamp), STAMP=other (of other bytes), ATTACHED=1."""
import os
import subprocess
import sys
import tempfile

stage = os.environ["STAGE"]


def run(*argv, data=b""):
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def read(der, at=0):
    """tag, where the content begins, where it ends"""
    tag, size, at = der[at], der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(der[at:at + count], "big")
        at += count
    return tag, at, at + size


def children(der):
    out, (_, at, end) = [], read(der)
    while at < end:
        _, _, stop = read(der, at)
        out.append(der[at:stop])
        at = stop
    return out


def put(tag, content):
    size = len(content)
    head = bytes([size]) if size < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(size.to_bytes((size.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + head + content


def stamp(signature):
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "signature")
        with open(name, "wb") as file:
            file.write(signature)
        query = run("openssl", "ts", "-query", "-data", name, "-sha256", "-cert")
        with open(os.path.join(folder, "query"), "wb") as file:
            file.write(query)
        return run("openssl", "ts", "-reply", "-config", os.path.join(stage, "tsa.cnf"), "-section", "tsa", "-token_out",
                   "-queryfile", os.path.join(folder, "query"))


def with_attribute(cms, oid, value):
    """the SignedData with one more unsigned attribute of its only signer"""
    kind, explicit = children(cms)
    fields = children(children(explicit)[0])
    signer = children(fields[-1])[0]
    attribute = put(0x30, oid + put(0x31, value))
    signer = put(0x30, b"".join(children(signer)) + put(0xA1, attribute))
    fields[-1] = put(0x31, signer)
    return put(0x30, kind + put(0xA0, put(0x30, b"".join(fields))))


def main():
    payload = sys.stdin.buffer.read()
    attached = ["-nodetach"] if os.environ.get("ATTACHED") else []
    cms = run("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256", "-signer", os.path.join(stage, "sign.crt"),
              "-inkey", os.path.join(stage, "sign.key"), *attached, data=payload)
    signature = children(children(children(children(cms)[1])[0])[-1])[0]
    signature = children(signature)[-1]
    _, at, end = read(signature)
    how = os.environ.get("STAMP", "yes")
    if how != "no":
        token = stamp(b"other bytes" if how == "other" else signature[at:end])
        cms = with_attribute(cms, bytes.fromhex("060b2a864886f70d010910020e"), token)
    text = run("openssl", "base64", data=cms).decode()
    sys.stdout.write("-----BEGIN SIGNED MESSAGE-----\n" + text + "-----END SIGNED MESSAGE-----\n")


main()
