"""The storage by the admin API."""

import io
import json
import zipfile
from urllib.parse import quote

import pytest
from describe import op

from mockloop_server.storage import Storage

API = "/__mockloop/api/storage"
PETS = f"{API}/collections/pets"
DOCUMENTS = f"{PETS}/documents"


@pytest.fixture
def serve(mock, tmp_path):
    def make(**env):
        return mock(op("GET", "/x"), parts=[Storage(tmp_path / "mock_data")], env=env)

    return make


@pytest.fixture
def m(serve):
    server = serve()
    assert server("POST", f"{API}/collections", json={"name": "pets"}).status_code == 201
    return server


def test_an_archive_of_all_seeds_the_same_documents_elsewhere(m, mock, tmp_path):
    bodies = [{"name": "Rex \u2028"}, {"name": "Ada", "tags": [1.5, None]}]
    made = [m("POST", DOCUMENTS, json=each).json() for each in bodies]
    with zipfile.ZipFile(io.BytesIO(m.get("/__mockloop/api/export").content)) as archive:
        archive.extract("mock_data/pets.jsonl", tmp_path / "copy")
    env = {"MOCKLOOP_DATABASE": str(tmp_path / "copy.db")}
    copy = mock(op("GET", "/x"), parts=[Storage(tmp_path / "copy/mock_data")], env=env)
    assert copy("GET", DOCUMENTS).json()["documents"] == made


def names(m, **query):
    answer = m("GET", DOCUMENTS, params=query)
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["documents"]]


def test_document_is_created_read_replaced_patched_and_deleted(m):
    made = m("POST", DOCUMENTS, json={"name": "Rex", "tags": ["a"], "owner": {"a": 1, "b": 2}})
    assert made.status_code == 201
    place = made.headers["location"]
    assert m.get(place).json() == made.json()
    patch = {"tags": None, "owner": {"a": None, "c": 3}}
    headers = {"Content-Type": "application/merge-patch+json"}
    patched = m("PATCH", place, content=json.dumps(patch), headers=headers)
    id = made.json()["id"]
    assert patched.json() == {"id": id, "name": "Rex", "owner": {"b": 2, "c": 3}}
    assert m("PUT", place, json={"name": "Tom"}).json() == {"id": id, "name": "Tom"}
    assert m.get(place).json() == {"id": id, "name": "Tom"}
    assert m("DELETE", place).status_code == 204
    assert m.get(place).status_code == 404
    assert m.get(PETS).json()["count"] == 0


def test_id_of_the_document_is_taken_and_may_not_be_there_already(m):
    assert m("POST", DOCUMENTS, json={"id": 7, "name": "Rex"}).json()["id"] == 7
    again = m("POST", DOCUMENTS, json={"id": "7", "name": "Tom"})
    assert again.status_code == 409
    assert "replace it" in again.json()["detail"]
    assert m("PATCH", f"{DOCUMENTS}/7", json={"id": 8}).status_code == 409
    assert m("PUT", f"{DOCUMENTS}/7", json={"id": 8}).status_code == 409
    assert m("PUT", f"{DOCUMENTS}/9", json={"id": 8}).status_code == 409
    assert m("PUT", f"{DOCUMENTS}/9", json={"name": "New"}).status_code == 201
    assert names(m) == ["Rex", "New"]


def test_integer_ids_count_on_from_the_largest(m):
    m("POST", f"{API}/collections", json={"name": "n", "ids": "integer", "id_field": "no"})
    place = f"{API}/collections/n/documents"
    ids = [m("POST", place, json=body).json()["no"] for body in ({}, {"no": 41}, {})]
    assert ids == [1, 41, 42]
    m("DELETE", f"{place}/42")
    assert m("POST", place, json={}).json()["no"] == 43
    assert m("PUT", f"{place}/50", json={}).json() == {"no": 50}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("price<10", ["a"]),
        ("price>=10", ["b", "c"]),
        ("price!=10", ["a", "c", "d", "e"]),
        ("price=null", ["d"]),
        ("price=10", ["b"]),
        ("zip=07", ["a"]),
        ('zip="07"', ["a"]),
        ("owner.name=Ann", ["a"]),
        ("tags~new", ["b"]),
        ("tags[0]=old", ["b"]),
        ("name~a", ["a"]),
        ("sold=true", ["c"]),
        ('"first name"=Eve', ["e"]),
    ],
)
def test_condition_finds_the_documents_for_which_it_holds(m, where, found):
    for body in (
        {"name": "a", "price": 9.5, "zip": "07", "owner": {"name": "Ann"}},
        {"name": "b", "price": 10, "tags": ["old", "new"]},
        {"name": "c", "price": 11, "sold": True},
        {"name": "d"},
        {"name": "e", "price": "10 or so", "first name": "Eve"},
    ):
        assert m("POST", DOCUMENTS, json=body).status_code == 201
    assert names(m, where=where) == found


def test_documents_are_sorted_and_paged_and_counted(m):
    for name, price in (("a", 2), ("b", 1), ("c", 2), ("d", None)):
        m("POST", DOCUMENTS, json={"name": name, "price": price})
    assert names(m, sort="-price,name") == ["a", "c", "b", "d"]
    assert names(m, sort="price,-name", limit=2, offset=1) == ["b", "c"]
    page = m("GET", DOCUMENTS, params={"where": ["price=2", "name!=a"], "limit": 0}).json()
    assert (page["total_count"], page["returned_count"]) == (1, 0)
    assert m("DELETE", DOCUMENTS, params={"where": "price=2"}).json() == {"deleted": 2}
    assert names(m) == ["b", "d"]


@pytest.mark.parametrize(
    "where", ["price", "=1", "a..b=1", 'a"b=1', '"a\\"b"=1', "a[x]=1", "a<null"]
)
def test_text_that_is_no_condition_is_refused_with_the_way_out(m, where):
    answer = m("GET", DOCUMENTS, params={"where": where})
    assert answer.status_code == 400
    assert any(word in answer.json()["detail"] for word in ("use FIELD", "asked for", "compare"))
    assert m("DELETE", DOCUMENTS, params={"where": where}).status_code == 400


@pytest.mark.parametrize("sort", ["a b", "a,,b", "a;DROP TABLE x", '"a', "a,b,c,d,e,f"])
def test_text_that_is_no_order_is_refused(m, sort):
    assert m("GET", DOCUMENTS, params={"sort": sort}).status_code == 400


HOSTILE = ["'; DROP TABLE storage_documents; --", "$.name", "%", "?", "__proto__", "é\u2028", "a/b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_texts(m, text):
    made = m("POST", DOCUMENTS, json={"id": text[:7], text: text, "name": text})
    assert made.status_code == 201, made.text
    assert m.get(made.headers["location"]).json() == made.json()
    assert names(m, where=f"name={text}") == [text]
    assert names(m, where=f'"{text}"={text}', sort=f'"{text}"') == [text]
    assert m("POST", f"{API}/collections", json={"name": text}).status_code == 400
    assert m.get(f"{API}/collections/{quote(text, safe='')}").status_code == 404
    assert m("POST", f"{API}/snapshots", json={"name": text}).status_code == 400
    assert m.get(PETS).json()["count"] == 1


def test_document_that_was_changed_meanwhile_is_not_overwritten(m):
    made = m("POST", DOCUMENTS, json={"id": "1", "n": 0})
    place, first = f"{DOCUMENTS}/1", made.headers["etag"]
    second = m("PUT", place, json={"n": 1}, headers={"If-Match": first}).headers["etag"]
    assert second != first
    for method in ("PUT", "PATCH", "DELETE"):
        for given in (first, '"x"', 'W/"1"'):
            body = {} if method == "DELETE" else {"json": {"n": 2}}
            assert m(method, place, headers={"If-Match": given}, **body).status_code == 412
    assert m.get(place).json()["n"] == 1
    assert m("DELETE", place, headers={"If-Match": second}).status_code == 204
    assert m("PUT", place, json={}, headers={"If-Match": second}).status_code == 412


def test_snapshot_is_restored_whole(m):
    m("POST", DOCUMENTS, json={"id": "1", "name": "Rex"})
    etag = m.get(f"{DOCUMENTS}/1").headers["etag"]
    assert m("POST", f"{API}/snapshots", json={"name": "s"}).json()["documents"] == 1
    assert m("POST", f"{API}/snapshots", json={"name": "s"}).status_code == 409
    m("PUT", f"{DOCUMENTS}/1", json={"name": "Tom"})
    m("POST", DOCUMENTS, json={"name": "New"})
    m("POST", f"{API}/collections", json={"name": "later"})
    assert m("POST", f"{API}/snapshots/s/restore").json()["name"] == "s"
    assert names(m) == ["Rex"]
    assert m.get(f"{API}/collections/later").status_code == 404
    assert m.get(f"{DOCUMENTS}/1").headers["etag"] != etag, "who had read it cannot know"
    assert m("DELETE", f"{API}/snapshots/s").status_code == 204
    assert m("POST", f"{API}/snapshots/s/restore").status_code == 404
    assert m.get(f"{API}/stats").json()["kept_bytes"] == 0


def test_reset_goes_back_to_the_seed(m):
    lines = b'{"id": 1, "name": "Rex"}\n\n{"id": 2, "name": "Tom"}\n'
    seed = {"content": lines, "headers": {"Content-Type": "application/x-ndjson"}}
    assert m("POST", f"{PETS}/seed", **seed).json()["count"] == 2
    m("DELETE", f"{DOCUMENTS}/1")
    m("POST", DOCUMENTS, json={"name": "New"})
    assert m("POST", f"{PETS}/reset").json()["count"] == 2
    assert names(m) == ["Rex", "Tom"]
    m("DELETE", PETS)
    m("POST", f"{API}/collections", json={"name": "unseeded"})
    m("POST", f"{API}/collections/unseeded/documents", json={})
    assert m("POST", f"{API}/reset").json() == {"documents": 2}
    assert names(m) == ["Rex", "Tom"]
    assert m.get(f"{API}/collections/unseeded").json()["count"] == 0


def test_seed_with_one_bad_document_changes_nothing(m):
    m("POST", DOCUMENTS, json={"name": "Rex"})
    for kind, text, word in (
        ("application/x-ndjson", b'{"id": 1}\n{', "line 2"),
        ("application/x-ndjson", b'{"id": 1}\n[]', "line 2"),
        ("application/json", b'[{"id": 1}, {"id": 1}]', "already"),
        ("application/json", b'[{"id": 1}, {"id": {}}]', "id"),
    ):
        answer = m("POST", f"{PETS}/seed", content=text, headers={"Content-Type": kind})
        assert answer.status_code in (400, 409)
        assert word in answer.json()["detail"]
    assert names(m) == ["Rex"]


def test_files_seed_at_the_first_start_and_again_when_asked(serve, tmp_path, caplog):
    folder = tmp_path / "mock_data"
    folder.mkdir()
    (folder / "pets.json").write_text('[{"id": 3, "name": "Rex"}]', "utf-8")
    (folder / "bad.json").write_text("[", "utf-8")
    m = serve()
    assert "bad.json" in caplog.text
    assert names(m) == ["Rex"]
    assert m("POST", DOCUMENTS, json={"name": "Tom"}).json()["id"] == 4
    m.close()
    m = serve()
    assert names(m) == ["Rex", "Tom"], "a second start seeds nothing"
    refused = m("POST", f"{API}/seed")
    assert refused.status_code == 400
    assert "bad.json" in refused.json()["detail"]
    assert names(m) == ["Rex", "Tom"], "all or nothing"
    (folder / "bad.json").unlink()
    assert m("POST", f"{API}/seed").json() == {"seeded": [{"name": "pets", "count": 1}]}
    assert names(m) == ["Rex"]


def test_limits_are_kept_and_say_the_way_out(serve):
    m = serve(
        MOCKLOOP_STORAGE_MAX_DOCUMENT="100",
        MOCKLOOP_STORAGE_MAX_DOCUMENTS="3",
        MOCKLOOP_STORAGE_MAX_COLLECTIONS="2",
        MOCKLOOP_STORAGE_MAX_BYTES="200",
    )

    def refused(status, word, *call, **more):
        answer = m(*call, **more)
        assert answer.status_code == status, answer.text
        assert word in answer.json()["detail"]

    for name in ("pets", "more"):
        m("POST", f"{API}/collections", json={"name": name})
    refused(507, "MAX_COLLECTIONS", "POST", f"{API}/collections", json={"name": "third"})
    refused(413, "MOCKLOOP_STORAGE_MAX_DOCUMENT", "POST", DOCUMENTS, json={"x": "x" * 100})
    for _ in range(3):
        assert m("POST", DOCUMENTS, json={}).status_code == 201
    refused(507, "MAX_DOCUMENTS", "POST", DOCUMENTS, json={})
    refused(507, "MAX_DOCUMENTS", "POST", f"{PETS}/seed", json=[{}] * 4)
    refused(507, "MAX_BYTES", "POST", f"{API}/snapshots", json={"name": "s"})
    big = f"{API}/collections/more/documents"
    refused(507, "MAX_BYTES", "POST", big, json={"id": "1", "x": "x" * 80})
    assert m.get(f"{API}/stats").json()["kept_bytes"] == 0
    assert m.get(f"{API}/collections/more").json()["count"] == 0


def test_counts_stay_those_of_the_documents(m):
    def check():
        page = m("GET", DOCUMENTS, params={"limit": 1000}).json()
        size = sum(len(json.dumps(each, separators=(",", ":"))) for each in page["documents"])
        stored = m.get(PETS).json()
        assert (stored["count"], stored["bytes"]) == (page["total_count"], size)
        return size

    m("POST", f"{PETS}/seed", json=[{"id": n, "n": "x" * n} for n in range(9)])
    m("POST", f"{API}/snapshots", json={"name": "s"})
    seeded = check()
    m("PUT", f"{DOCUMENTS}/3", json={"n": "longer than it was"})
    m("PATCH", f"{DOCUMENTS}/8", json={"n": None})
    m("DELETE", f"{DOCUMENTS}/1")
    m("POST", DOCUMENTS, json={"id": 1})
    m("POST", DOCUMENTS, json={"id": 1})
    assert check() != seeded
    m("DELETE", DOCUMENTS, params={"where": "id>5"})
    check()
    for back in (f"{PETS}/reset", f"{API}/snapshots/s/restore", f"{API}/reset"):
        assert m("POST", back).status_code == 200
        assert check() == seeded
        m("DELETE", f"{DOCUMENTS}/1")
    assert m.get(f"{API}/stats").json()["kept_bytes"] == 2 * seeded


def test_stats_tell_what_is_kept(m):
    m("POST", DOCUMENTS, json={"id": "1"})
    stats = m.get(f"{API}/stats").json()
    assert (stats["collection_count"], stats["total_items"], stats["bytes"]) == (1, 1, 10)
    assert stats["collections"][0]["name"] == "pets"
    m("DELETE", PETS)
    stats = m.get(f"{API}/stats").json()
    assert (stats["collection_count"], stats["total_items"], stats["bytes"]) == (0, 0, 0)


def test_server_without_storage_has_no_such_path(mock):
    m = mock(op("GET", "/x"))
    assert m.get(f"{API}/stats").status_code == 404
    contract = m.get("/__mockloop/api/openapi.json").json()
    assert not [path for path in contract["paths"] if "storage" in path]
