"""Where messages may go: what a request names is not to be trusted."""

import socket
import time
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from receiver import API, Receiver, caller, history, hooked, register, settled

from mockloop_server import Settings
from mockloop_server.settings import SettingsError
from mockloop_server.webhooks import sender, targets
from mockloop_server.webhooks.targets import Forbidden, Targets, Unknown, parse


@pytest.fixture
def r():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def names(monkeypatch):
    """Names that lead where they are told to, and how often each was asked for."""
    known, asked = {}, []
    real = socket.getaddrinfo

    def look_up(host, port, *more, **options):
        asked.append(host)
        if host not in known:
            return real(host, port, *more, **options)
        addresses = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [found for each in addresses for found in real(each, port, *more, **options)]

    monkeypatch.setattr(targets.socket, "getaddrinfo", look_up)
    return known, asked


FORBIDDEN = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://8.8.8.8/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_addresses_of_other_machines_are_refused_however_they_are_written(url):
    with pytest.raises(Forbidden, match="MOCKLOOP_WEBHOOK_HOSTS"):
        Targets().resolve(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://2130706433:1/",
        "http://127.1:1/",
        "https://127.9.9.9/",
        "http://[::ffff:127.0.0.1]:1/",
    ],
)
def test_this_machine_may_be_sent_to(url):
    assert Targets().resolve(url).addresses


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "127.0.0.1",
        "//127.0.0.1/",
        "http:///x",
        "http://",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1:0/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1\\@10.0.0.1/",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1/a b",
        "http://[::1/",
        "http://127.0.0.1/" + "x" * 2000,
        "",
    ],
)
def test_what_is_no_url_to_send_to_is_refused(url):
    with pytest.raises(Forbidden):
        Targets(["*"]).resolve(url)


def test_name_that_leads_elsewhere_is_refused(names):
    names[0]["inside.example"] = [["10.1.2.3"]]
    with pytest.raises(Forbidden, match=r"inside\.example \(10\.1\.2\.3\)"):
        Targets().resolve("http://inside.example/")


def test_of_several_addresses_only_those_that_may_be_are_used(names):
    names[0]["both.example"] = [["169.254.169.254", "127.0.0.1", "10.0.0.1"]]
    found = Targets().resolve("http://both.example/").addresses
    assert [address[0] for _, address in found] == ["127.0.0.1"]


def test_name_without_an_address_may_get_one_later():
    with pytest.raises(Unknown):
        Targets().resolve("http://nowhere.invalid/")
    with pytest.raises(Unknown):
        Targets().resolve(f"http://{'a' * 70}.example/")


def test_name_is_asked_for_once_and_its_address_is_the_one_connected_to(mock, names, r):
    known, asked = names
    known["rebinding.example"] = [["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"]]
    m = hooked(mock)
    made = register(m, f"http://rebinding.example:{r.port}/", "request.received")
    first = m("POST", f"{API}/{made['id']}/test").json()
    second = m("POST", f"{API}/{made['id']}/test").json()
    assert first["status"] == "delivered"
    assert first["attempts"][0]["address"] == f"127.0.0.1 port {r.port}"
    assert r.got[0].headers["host"] == f"rebinding.example:{r.port}"
    assert second["status"] == "refused"
    assert asked.count("rebinding.example") == 3  # to register, and once for each attempt
    assert len(r.got) == 1


def test_address_that_does_not_answer_leaves_time_for_the_next_one(names, r, monkeypatch):
    class Slow(socket.socket):
        def connect(self, address):
            if address[0] != "127.0.0.1":
                time.sleep(self.gettimeout())
                raise TimeoutError
            super().connect(address)

    known = SimpleNamespace(socket=Slow, SOCK_STREAM=socket.SOCK_STREAM)
    monkeypatch.setattr(sender, "socket", known)
    names[0]["several.example"] = [["127.0.0.2", "127.0.0.3", "127.0.0.1"]]
    url = f"http://several.example:{r.port}/"
    parcel = sender.Parcel("id", "test", "POST", url, {}, None, b"")
    made = sender.Sender(Targets(), 3.0).attempt(parcel)
    assert (made.status_code, made.error) == (204, None)
    assert made.address == f"127.0.0.1 port {r.port}"
    assert 1900 < made.duration_ms < 3000


@pytest.mark.parametrize(
    ("allowed", "address", "may"),
    [
        ("hooks.example", "10.0.0.1", True),
        ("HOOKS.example.", "10.0.0.1", True),
        ("*.example", "10.0.0.1", True),
        ("*.other", "10.0.0.1", False),
        ("example", "10.0.0.1", False),
        ("10.0.0.0/8", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("fd00::/8", "fd00::1", True),
        ("*", "8.8.8.8", True),
        ("hooks.example", "169.254.169.254", False),
        ("169.254.0.0/16", "169.254.169.254", True),
    ],
)
def test_configuration_allows_names_and_networks(names, allowed, address, may):
    names[0]["hooks.example"] = [[address]]
    try:
        Targets([allowed]).resolve("http://hooks.example/")
        found = True
    except Forbidden:
        found = False
    assert found is may


@pytest.mark.parametrize("given", ["http://hooks.example/", "10.0.0.1/8", "10.0.0.0/99"])
def test_configuration_that_cannot_be_meant_is_told_of(tmp_path, given):
    with pytest.raises(SettingsError, match="MOCKLOOP_WEBHOOK_HOSTS"):
        Settings.from_env(tmp_path, environ={"MOCKLOOP_WEBHOOK_HOSTS": given})


def test_callback_to_another_machine_is_in_the_history_with_the_way_out(mock):
    m = hooked(mock, caller())
    url = "http://169.254.169.254/latest/meta-data/"
    assert m("POST", "/pay/7", json={"callbackUrl": url}).status_code == 201
    found = settled(m, 1)[0]
    assert (found["status"], found["url"], len(found["attempts"])) == ("refused", url, 1)
    assert "MOCKLOOP_WEBHOOK_HOSTS" in found["reason"]


def test_registration_and_trigger_of_another_machine_are_refused_at_once(mock):
    m = hooked(mock, caller())
    for answer in (
        m("POST", API, json={"url": "http://10.0.0.1/", "events": ["*"]}),
        m("POST", f"{API}/trigger", json={"name": "done", "url": "http://10.0.0.1/"}),
    ):
        assert answer.status_code == 400
        violation = answer.json()["violations"][0]
        assert violation["pointer"] == "/url"
        assert "MOCKLOOP_WEBHOOK_HOSTS" in violation["message"]
    assert history(m) == []


def test_callback_may_not_reach_the_admin_api_of_a_mock(mock):
    m = hooked(mock)
    for path in ("/__mockloop/api/overrides", "/admin/api/overrides", "/health", "/metrics"):
        answer = m("DELETE", path, headers={"X-Mockloop-Delivery": "1"})
        assert answer.status_code == 403
        assert "callbacks" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://127.0.0.1:1/\u0000",
        "http://😀/",
        "<script>alert(1)</script>",
        "'; DROP TABLE webhooks; --",
        "http://xn--/",
        "http://" + "a." * 900,
        "http://127.0.0.1:1/%s%n{0}",
        "{$request.body#/callbackUrl}",
    ],
)
def test_hostile_urls_end_as_deliveries_that_failed(mock, url):
    m = hooked(mock, caller(), env={"MOCKLOOP_WEBHOOK_ATTEMPTS": "1"})
    assert m("POST", "/pay/7", json={"callbackUrl": url}).status_code == 201
    found = settled(m, 1)[0]
    assert found["status"] in ("refused", "failed")
    assert found["url"] == url


def test_url_that_is_too_long_is_kept_in_part_and_goes_nowhere(mock, r):
    m = hooked(mock, caller())
    m("POST", "/pay/7", json={"callbackUrl": f"{r.url}?{'x' * 100_000}"})
    found = settled(m, 1)[0]
    assert (found["status"], len(found["url"])) == ("refused", 2001)
    assert "longer than 2000" in found["reason"]
    m("POST", f"{API}/history/{found['id']}/redeliver")
    assert settled(m, 2)[0]["status"] == "refused"
    assert r.got == []


def test_hostile_text_in_a_request_is_told_as_data(mock, r):
    m = hooked(mock)
    register(m, r.url, "request.received")
    hostile = "</script><script>alert(1)</script>'\"\r\n\u2028%00"
    m("GET", "/nothing", params={"q": hostile}, headers={"User-Agent": "<b>'\""})
    m("GET", "/😀/..%2F..%00")
    got = r.until(2)
    told = {each.json["data"]["path"]: each.json["data"] for each in got}
    assert told["/nothing"]["query_params"] == {"q": hostile}
    assert told["/nothing"]["user_agent"] == "<b>'\""


def test_hostile_names_in_a_description_break_no_header(mock, r):
    operation = caller()
    operation["callbacks"][0]["name"] = "a\r\nX-Evil: 1\u2603"
    m = hooked(mock, operation)
    m("POST", "/pay/7", json={"callbackUrl": r.url})
    got = r.until(1)[0]
    assert "x-evil" not in got.headers
    assert got.headers["x-mockloop-event"] == "callback.a%0D%0AX-Evil:%201%E2%98%83"


def test_places_are_taken_apart_as_clients_do():
    place = parse("http://EXAMPLE.com/a?b=c#d")
    assert (place.host, place.port, place.path, place.authority) == (
        "example.com",
        80,
        "/a?b=c",
        "example.com",
    )
    assert parse("http://[::1]:8080").authority == "[::1]:8080"


@pytest.fixture
def certificate(tmp_path):
    """A certificate of localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
    )
    return file


def test_certificates_are_checked(mock, certificate, monkeypatch):
    r = Receiver(certificate=certificate)
    try:
        m = hooked(mock, env={"MOCKLOOP_WEBHOOK_ATTEMPTS": "1"})
        by_name = register(m, f"https://localhost:{r.port}/", "request.received")
        by_address = register(m, f"https://127.0.0.1:{r.port}/", "request.received")
        unknown = m("POST", f"{API}/{by_name['id']}/test").json()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = m("POST", f"{API}/{by_name['id']}/test").json()
        other = m("POST", f"{API}/{by_address['id']}/test").json()
    finally:
        r.close()
    assert [each["status"] for each in (unknown, known, other)] == ["failed", "delivered", "failed"]
    assert "self-signed" in unknown["attempts"][0]["error"]
    assert "127.0.0.1" in other["attempts"][0]["error"]
    assert len(r.got) == 1
