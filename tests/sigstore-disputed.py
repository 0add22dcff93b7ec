#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sigstore-disputed.py CLIENT FOLDER...: the cases of bundle corpora that are not scored because verifiers disagree.
What cosign or sigstore-go refuses must be refused, but for those of docs/sigstore-differences.md."""
import fnmatch, importlib.util, os, sys

LENIENT = ["*-root-media-type-0.2"]

client, folders = sys.argv[1], sys.argv[2:]
spec = importlib.util.spec_from_file_location("run", os.path.join(os.path.dirname(folders[0]), "run-sigstore.py"))
run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run)
passed = failed = stricter = lenient = 0
for folder in folders:
    for d, index, case in run.load(folder):
        if not case.get("disputed"):
            continue
        for mode in case.get("modes", ["path", "digest"]):
            status, text, seconds = run.run(run.command([client], d, case, mode, False), 60)
            codes = [p[mode] for p in case.get("peers", {}).values() if mode in p]
            known = any(fnmatch.fnmatch(case["id"], p) for p in LENIENT)
            good = status in (0, 1, 2, 3, 4, 5, 6) and (status != 0 or known or not any(codes))
            stricter += status != 0 and not any(codes)
            lenient += status == 0 and any(codes)
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"MORE LENIENT {index['corpus']}/{case['id']}[{mode}]: exit {status}: {text.strip()[:200]}")
print(f"disputed cases: {stricter} stricter than both peers, {lenient} more lenient than one, with a reason")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
