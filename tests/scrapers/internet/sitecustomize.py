"""An internet for one process: names with the answers given, public addresses that lead to servers on loopback.

Python loads this module by its name where its folder stands in PYTHONPATH. Every address connected to is noted, and
nothing leaves this machine.
"""

import errno
import json
import os
import socket

toy = json.loads(os.environ["TOY_INTERNET"])
real_getaddrinfo, real_connect = socket.getaddrinfo, socket.socket.connect_ex


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    answers = toy["names"].get(host)
    if not answers:
        numeric = 0 if host == "localhost" else socket.AI_NUMERICHOST
        return real_getaddrinfo(host, port, family, type, proto, numeric)
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    return [entry for address in answer for entry in real_getaddrinfo(address, port, family, type, proto)]


def connect_ex(self, address):
    place = f"{address[0]}:{address[1]}"
    with open(toy["log"], "a") as log:
        print(place, file=log)
    if place in toy["routes"]:
        return real_connect(self, ("127.0.0.1", toy["routes"][place]))
    if address[0] == "::1" or address[0].startswith("127."):
        return real_connect(self, address)
    return errno.ENETUNREACH


socket.getaddrinfo, socket.socket.connect_ex = getaddrinfo, connect_ex
