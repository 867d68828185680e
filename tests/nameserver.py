"""A nameserver on loopback that serves a zone, and can be told to be in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from dnslib import QTYPE, RCODE, RR, TXT, DNSError, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


@dataclass
class Nameserver(BaseResolver):  # type: ignore[misc]
    """What it knows, as zone file lines, and what it was asked."""

    records: list[str] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    trouble: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        """Answer one question; `trouble` is the name of an error code, or `silence`."""
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        self.asked.append((name, kind))
        reply = request.reply()
        if self.trouble == "silence":
            raise DNSError(self.trouble)
        if self.trouble in RCODE.reverse:
            reply.header.rcode = RCODE.reverse[self.trouble]
            return reply
        zone = RR.fromZone("\n".join(self.records))
        found = [r for r in zone if r.rname == name and QTYPE[r.rtype] in (kind, "CNAME")]
        aliases = {str(r.rdata) for r in found if QTYPE[r.rtype] == "CNAME"}
        found += [r for r in zone if str(r.rname) in aliases and QTYPE[r.rtype] == kind]
        text = self.texts.get(name)
        if text is not None and kind == "TXT":
            chunks = [text[at : at + 255] for at in range(0, len(text), 255)]
            found.append(RR(name, QTYPE.TXT, rdata=TXT(chunks), ttl=60))
        reply.add_answer(*found)
        if not any(r.rname == name for r in zone) and text is None:
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@contextmanager
def run_nameserver(*records: str) -> Iterator[Nameserver]:
    """Serve on a free port, by UDP and TCP."""
    nameserver = Nameserver(list(records))
    servers = _bind(nameserver)
    threads = [Thread(target=server.serve_forever, args=(0.02,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield nameserver
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _bind(nameserver: Nameserver) -> tuple[Any, Any]:
    """Take one port for UDP and TCP that is free in both."""
    logger = DNSLogger("-request,-reply,-truncated,-error", prefix=False)
    for _ in range(9):
        udp = DNSServer(nameserver, address="127.0.0.1", port=0, logger=logger).server
        nameserver.port = udp.server_address[1]
        try:
            tcp = DNSServer(
                nameserver, address="127.0.0.1", port=nameserver.port, tcp=True, logger=logger
            ).server
        except OSError:
            udp.server_close()
        else:
            return udp, tcp
    raise OSError("no port is free")
