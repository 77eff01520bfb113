//! Where descriptions come from: standard input and the network.

use std::io::Write as _;

use mockloop_tests::http::{respond, serve};
use mockloop_tests::{run, run_with_input, spec};

type Done = anyhow::Result<()>;

#[test]
fn standard_input_is_a_description() -> Done {
    let text = std::fs::read(spec("shop.yaml"))?;
    let ran = run_with_input(["check", "-"], &text)?;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "<stdin>: 3 operations, 0 errors, 0 warnings\n"));
    let with_mark = [b"\xEF\xBB\xBF".as_slice(), &text].concat();
    assert_eq!(run_with_input(["check", "-"], &with_mark)?.status, Some(0));
    let ran = run_with_input(["check", "-"], b"\xFF\xFF")?;
    assert!(ran.stderr.contains("is not UTF-8 text"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn a_description_from_the_network_with_its_references() -> Done {
    let address = serve(|path, stream| match path {
        "/api/openapi.yaml" => respond(
            stream,
            "200 OK",
            "",
            "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    $ref: parts/a.yaml#/here\n",
        ),
        "/api/parts/a.yaml" => {
            respond(stream, "200 OK", "", "here:\n  get: { responses: { '204': { description: d } } }\n")
        }
        "/moved" => respond(stream, "302 Found", "Location: /api/openapi.yaml\r\n", ""),
        _ => respond(stream, "404 Not Found", "", ""),
    })?;
    for path in ["api/openapi.yaml", "moved"] {
        let ran = run(["check", &format!("http://{address}/{path}")])?;
        assert!(ran.stdout.contains("1 operation, 0 errors"), "{path}: {}", ran.stdout);
    }
    Ok(())
}

#[test]
fn each_trouble_of_the_network_has_its_message() -> Done {
    let address = serve(|path, stream| match path {
        "/round" => respond(stream, "302 Found", "Location: /round\r\n", ""),
        "/large" => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let piece = vec![b' '; 1024 * 1024];
            (0..80).try_for_each(|_| stream.write_all(&piece))
        }
        "/binary" => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")?;
            stream.write_all(b"\xC3\x28")
        }
        _ => respond(stream, "503 Service Unavailable", "", ""),
    })?;
    let troubles = [
        ("round", "more than 5 redirects"),
        ("large", "larger than 64 MiB"),
        ("binary", "is not UTF-8 text"),
        ("away", "the server answered 503"),
    ];
    for (path, message) in troubles {
        let ran = run(["check", &format!("http://{address}/{path}")])?;
        assert_eq!(ran.status, Some(2), "{path}");
        assert!(ran.stdout.contains(message), "{path}: {}", ran.stdout);
    }
    let ran = run(["check", "http://127.0.0.1:1/openapi.yaml"])?;
    assert!(ran.stdout.contains("no answer"), "{}", ran.stdout);
    Ok(())
}
