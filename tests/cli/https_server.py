#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Servers on the loopback for issuer_keys_fetch.sh: one that serves the files of a folder and misbehaves under
# some paths, and others with certificates or protocols that nobody should believe.
#
#	https_server.py FOLDER	writes FOLDER/ports ("name port" a line) when all listen, FOLDER/requests as they come
import http.server
import os
import socket
import ssl
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, to, status=302):
        self.send(status, b"elsewhere", [("Location", to), ("Set-Cookie", "a=b")])

    def do_GET(self):
        with lock, open(os.path.join(folder, "requests"), "a") as log:
            extra = [n for n in ("Authorization", "Cookie", "Accept-Encoding", "Proxy-Authorization") if self.headers[n]]
            log.write("%s %s\n" % (self.path, " ".join(extra)))
        port = self.server.server_address[1]
        name = self.path.lstrip("/")
        self.close_connection = True
        if name == "huge":
            self.send(200, b"# " + b"x" * (2 << 20))
        elif name == "huge-unsaid":  # no length: only what comes tells
            self.send_response(200)
            self.end_headers()
            for _ in range(64):
                self.wfile.write(b"x" * 65536)
        elif name == "headers":
            self.send(200, b"", [("X-%d" % i, "y" * 1000) for i in range(90)])
        elif name == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(60):
                self.wfile.write(b"#")
                self.wfile.flush()
                time.sleep(0.5)
        elif name == "silent":
            time.sleep(60)
        elif name in ("slow-3", "slow-2", "slow-1"):  # each a second, and then another place
            time.sleep(1)
            self.redirect({"slow-3": "/slow-2", "slow-2": "/slow-1", "slow-1": "/jwks.json"}[name])
        elif name == "loop":
            self.redirect("/loop")
        elif name == "moved":
            self.redirect("/jwks.json", 301)
        elif name == "other-host":
            self.redirect("https://127.0.0.1:%d/jwks.json" % port)
        elif name == "other-port":
            self.redirect("https://localhost:%d/jwks.json" % (port + 1))
        elif name == "to-http":
            self.redirect("http://localhost:%d/jwks.json" % port)
        elif name == "to-file":
            self.redirect("file://%s/jwks.json" % folder)
        elif name == "to-user":
            self.redirect("https://user:pass@localhost:%d/jwks.json" % port)
        elif name == "to-nowhere":
            self.send(302, b"x")
        elif name == "truncated":
            self.send(200, b'{"keys":[]}', length=1000)
        elif name == "gzip":
            self.send(200, open(os.path.join(folder, "bomb.gz"), "rb").read(), [("Content-Encoding", "gzip")])
        elif name == "gzip-unsaid":
            self.send(200, open(os.path.join(folder, "bomb.gz"), "rb").read())
        elif name in ("403", "404", "410", "429", "500", "204"):
            self.send(int(name), b'{"keys":[]}')
        elif os.path.isfile(os.path.join(folder, name)):
            self.send(200, open(os.path.join(folder, name), "rb").read(), [("Content-Type", "text/html")])
        else:
            self.send(404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass

    def get_request(self):  # the handshake belongs to the thread
        fd, address = self.socket.accept()
        return self.context.wrap_socket(fd, server_side=True, do_handshake_on_connect=False), address


def serve(name, cert, change=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, cert + ".pem"), os.path.join(folder, cert + ".key"))
    if change:
        change(context)
    server = Server(("127.0.0.1", 0), Handler)
    server.context = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "%s %d\n" % (name, server.server_address[1])


def tls10(context):
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


def tls12(context):
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2


plain = socket.create_server(("127.0.0.1", 0))  # speaks no TLS


def speak_plain():
    while True:
        fd, _ = plain.accept()
        fd.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}")
        fd.close()


threading.Thread(target=speak_plain, daemon=True).start()
lines = [serve("good", "good"), serve("host", "host"), serve("other", "other"), serve("tls12", "good", tls12)]
lines.append("plain %d\n" % plain.getsockname()[1])
if os.path.exists(os.path.join(folder, "expired.pem")):
    lines.append(serve("expired", "expired"))
try:
    lines.append(serve("tls10", "good", tls10))
except (ssl.SSLError, ValueError):
    pass
with open(os.path.join(folder, "ports.tmp"), "w") as out:
    out.writelines(lines)
os.rename(os.path.join(folder, "ports.tmp"), os.path.join(folder, "ports"))
threading.Event().wait()
