//! What values are usually like, by the name of the property that they are for.

/// The words of a name in `snake_case`, `camelCase`, `kebab-case` or the like, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for (char, next) in name.chars().zip(name.chars().skip(1).chain([' '])) {
        let starts = char.is_uppercase() && (!before.is_uppercase() || next.is_lowercase());
        if char.is_alphanumeric() {
            if starts || !before.is_alphanumeric() || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(char.to_lowercase());
            }
        }
        before = char;
    }
    words
}

/// What `find` says about the longest end of the name that it knows: `billing_first_name` is a
/// first name.
fn by_ending<T>(name: &str, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    let words = words(name);
    let longest = words.len().min(3);
    (1..=longest).rev().find_map(|count| {
        find(&words.iter().skip(words.len() - count).map(String::as_str).collect::<Vec<_>>().join(" "))
    })
}

/// The name of one of several: `tags` is `tag`.
pub(super) fn singular(name: &str) -> String {
    let changed = match name {
        _ if name.ends_with("ss") || name.ends_with("us") || name.ends_with("is") => None,
        _ if name.len() > 4 => name.strip_suffix("ies").map(|stem| format!("{stem}y")),
        _ => None,
    };
    let shorter = ["sses", "xes", "ches", "shes"]
        .iter()
        .find_map(|end| name.strip_suffix("es").filter(|_| name.ends_with(end)));
    changed
        .or_else(|| shorter.map(str::to_owned))
        .or_else(|| {
            name.strip_suffix('s')
                .filter(|stem| stem.len() > 1 && !stem.ends_with(['s', 'u', 'i']))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| name.to_owned())
}

/// A text for what `name` names, where that is known.
pub(super) fn text(name: &str, variant: usize) -> Option<String> {
    let known = by_ending(name, texts)?;
    let first = known.get(variant.checked_rem(known.len())?)?;
    let round = variant / known.len();
    Some(match round {
        0 => (*first).to_owned(),
        _ => varied(first, round),
    })
}

/// A text that says what it stands for.
pub(super) fn phrase(name: Option<&str>, variant: usize) -> String {
    const LONGEST: usize = 40;
    let mut phrase = String::new();
    for word in name.map(words).unwrap_or_default() {
        if phrase.len() + word.len() < LONGEST {
            phrase.push_str(if phrase.is_empty() { "" } else { " " });
            phrase.push_str(&word);
        }
    }
    if phrase.is_empty() {
        "string".clone_into(&mut phrase);
    }
    if variant == 0 { phrase } else { format!("{phrase} {}", variant + 1) }
}

/// Another text of the same kind: the last number in it is raised, or one added.
pub(super) fn varied(text: &str, by: usize) -> String {
    let Some(last) = text.rfind(|char: char| char.is_ascii_digit()) else {
        return match text.split_once('@') {
            Some((user, host)) => format!("{user}{}@{host}", by + 1),
            None => format!("{text}{}", by + 1),
        };
    };
    let start =
        text.get(..=last).map_or(0, |head| head.trim_end_matches(|char: char| char.is_ascii_digit()).len());
    let (head, rest) = text.split_at(start);
    let (digits, tail) = rest.split_at(last + 1 - start);
    let short = digits.get(digits.len().saturating_sub(9)..).unwrap_or(digits);
    let kept = digits.get(..digits.len() - short.len()).unwrap_or_default();
    let raised = short.parse::<usize>().unwrap_or(0) + by;
    format!("{head}{kept}{raised:0>width$}{tail}", width = short.len())
}

/// Texts for a phrase of lower-case words.
fn texts(phrase: &str) -> Option<&'static [&'static str]> {
    Some(match phrase {
        "first name" | "given name" | "firstname" | "givenname" | "forename" => {
            &["Ada", "Grace", "Alan", "Katherine"]
        }
        "last name" | "family name" | "lastname" | "surname" => &["Lovelace", "Hopper", "Turing", "Johnson"],
        "middle name" => &["Marie", "Brewster", "Mathison"],
        "full name" | "fullname" | "display name" | "real name" | "contact name" | "customer name"
        | "owner name" | "author" | "owner" | "created by" | "updated by" | "assignee" | "contact"
        | "recipient" | "sender" | "person" | "customer" | "employee" | "manager" => {
            &["Ada Lovelace", "Grace Hopper", "Alan Turing", "Katherine Johnson"]
        }
        "user name" | "username" | "login" | "nickname" | "handle" | "screen name" => {
            &["ada", "grace", "alan", "katherine"]
        }
        "email" | "e mail" | "mail" | "email address" => {
            &["ada@example.com", "grace@example.com", "alan@example.com"]
        }
        "phone" | "phone number" | "telephone" | "mobile" | "mobile number" | "mobile phone" | "tel"
        | "fax" | "msisdn" => &["+1-202-555-0143", "+1-202-555-0171", "+1-202-555-0199"],
        "company" | "company name" | "organization" | "organisation" | "organization name" | "employer"
        | "business name" | "vendor" | "manufacturer" | "brand" | "merchant" | "supplier" => {
            &["Acme Ltd", "Globex", "Initech"]
        }
        "job" | "job title" | "profession" | "occupation" => &["Engineer", "Analyst", "Designer"],
        "department" | "team" | "team name" => &["Engineering", "Research", "Support"],
        "name" => &["Sample name", "Second name", "Third name"],
        "title" | "headline" | "subject" => &["A sample title", "Another title", "A third title"],
        "description" | "summary" | "details" | "notes" | "note" | "comment" | "abstract" | "bio"
        | "about" => &["A short description.", "Another description.", "A third description."],
        "text" | "content" | "body" | "message" | "caption" => {
            &["Some sample text.", "Some more text.", "A third text."]
        }
        "street" | "street address" | "address" | "address line" | "line1" | "address1" | "street name" => {
            &["12 Main Street", "34 Oak Avenue", "56 Park Road"]
        }
        "line2" | "address2" | "apartment" | "suite" => &["Apt 4", "Suite 5"],
        "city" | "town" | "locality" => &["London", "Paris", "Berlin"],
        "state" | "region" | "province" | "county" | "state code" => &["CA", "NY", "TX"],
        "zip" | "zip code" | "zipcode" | "postal code" | "postcode" | "postalcode" => {
            &["94105", "10001", "73301"]
        }
        "country" | "country name" | "nation" => &["United Kingdom", "France", "Germany"],
        "country code" | "countrycode" => &["GB", "FR", "DE"],
        "continent" => &["Europe", "Asia", "Africa"],
        _ => return texts_of_things(phrase),
    })
}

/// The same for what is not about people and places.
fn texts_of_things(phrase: &str) -> Option<&'static [&'static str]> {
    Some(match phrase {
        "currency" | "currency code" => &["USD", "EUR", "GBP"],
        "price" | "amount" | "cost" | "total" | "balance" | "subtotal" | "fee" | "tax" => {
            &["19.99", "24.50", "5.00"]
        }
        "locale" | "culture" => &["en-US", "fr-FR", "de-DE"],
        "language" | "lang" | "language code" => &["en", "fr", "de"],
        "timezone" | "time zone" | "tz" => &["Europe/London", "Europe/Paris", "America/New_York"],
        "color" | "colour" => &["#3366ff", "#ff6633", "#33cc66"],
        "gender" | "sex" => &["female", "male"],
        "ip" | "ip address" | "ipaddress" | "ipv4" | "remote addr" => {
            &["192.0.2.1", "192.0.2.2", "192.0.2.3"]
        }
        "ipv6" => &["2001:db8::1", "2001:db8::2"],
        "mac" | "mac address" => &["00:00:5e:00:53:01", "00:00:5e:00:53:02"],
        "host" | "hostname" | "host name" | "server" => &["host1.example.com", "host2.example.com"],
        "domain" | "domain name" => &["example.com", "example.org", "example.net"],
        "url" | "uri" | "link" | "href" | "website" | "homepage" | "web site" | "endpoint" | "web url"
        | "html url" => &["https://example.com/1", "https://example.com/2", "https://example.com/3"],
        "callback" | "callback url" | "webhook" | "webhook url" | "redirect uri" | "redirect url" => {
            &["https://example.com/callback"]
        }
        "avatar" | "avatar url" | "image" | "image url" | "photo" | "photo url" | "picture"
        | "picture url" | "icon" | "icon url" | "logo" | "logo url" | "thumbnail" | "thumbnail url" => {
            &["https://example.com/image1.png"]
        }
        "file" | "filename" | "file name" => &["document1.pdf", "document2.pdf"],
        "path" | "file path" | "filepath" | "directory" => &["/path/to/item1", "/path/to/item2"],
        "mime type" | "mimetype" | "content type" | "media type" => &["text/plain", "application/json"],
        "user agent" => &["Mozilla/5.0"],
        "uuid" | "guid" => &["3fa85f64-5717-4562-b3fc-2c963f66afa6"],
        "id" | "identifier" | "uid" | "pid" => &["a1b2c3d4"],
        "token" | "access token" | "refresh token" | "session token" | "secret" | "client secret"
        | "api key" | "apikey" | "auth token" => &["tok_sample_0001"],
        "password" | "passwd" | "passphrase" => &["Passw0rd!"],
        "hash" | "checksum" | "digest" | "fingerprint" => &["d41d8cd98f00b204e9800998ecf8427e"],
        "sha" | "sha1" | "commit" | "commit sha" | "commit id" => {
            &["da39a3ee5e6b4b0d3255bfef95601890afd80709"]
        }
        "sha256" => &["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
        "slug" => &["sample-item-1", "sample-item-2"],
        "sku" => &["SKU-0001", "SKU-0002"],
        "isbn" => &["978-3-16-148410-0"],
        "iban" => &["GB33BUKB20201555555555"],
        "code" => &["ABC123", "DEF456"],
        "tag" | "label" | "keyword" => &["alpha", "beta", "gamma"],
        "category" | "group" | "kind" => &["general", "special", "other"],
        "status" => &["active", "pending", "closed"],
        "role" => &["admin", "member", "guest"],
        "version" => &["1.0.0", "1.1.0", "2.0.0"],
        "unit" => &["kg", "m", "s"],
        "date" | "day" | "start date" | "date from" => &["2026-01-15", "2026-01-16", "2026-01-17"],
        "end date" | "due date" | "date to" => &["2026-02-15", "2026-02-16"],
        "birth date" | "birthdate" | "birthday" | "date of birth" | "dob" | "of birth" => {
            &["1990-05-17", "1985-11-03"]
        }
        "time" | "start time" | "timestamp" | "datetime" | "date time" | "created" | "created on"
        | "creation date" | "created date" | "at" => &["2026-01-15T09:30:00Z", "2026-01-16T09:30:00Z"],
        "updated" | "updated at" | "modified" | "modified at" | "last modified" | "updated on"
        | "changed at" | "end time" => &["2026-01-20T14:05:00Z", "2026-01-21T14:05:00Z"],
        "expires" | "expires at" | "expiry" | "expiration" | "expiration date" | "expiry date"
        | "valid until" => &["2027-01-15T09:30:00Z"],
        "cursor" | "next" | "page token" | "next page token" | "continuation token" => &["c2FtcGxl"],
        "error" | "reason" => &["Something went wrong."],
        "query" | "q" | "search" | "filter" => &["sample"],
        _ => return None,
    })
}

/// An integer for what `name` names, where that is known.
pub(super) fn integer(name: &str) -> Option<f64> {
    by_ending(name, integers)
}

/// A number for what `name` names, where that is known.
pub(super) fn decimal(name: &str) -> Option<f64> {
    by_ending(name, decimals)
}

fn integers(phrase: &str) -> Option<f64> {
    Some(match phrase {
        "age" => 36.0,
        "year" => 2026.0,
        "month" | "quarter" => 1.0,
        "day" => 15.0,
        "hour" => 9.0,
        "minute" => 30.0,
        "limit" | "page size" | "per page" | "size" | "pagesize" => 20.0,
        "offset" | "skip" | "start" | "index" | "from" => 0.0,
        "count" | "total" | "total count" | "total items" | "quantity" | "qty" | "stock" => 3.0,
        "at" | "timestamp" | "created" | "updated" | "expires" | "date" | "time" | "modified" | "epoch" => {
            1_768_469_400.0
        }
        "status code" | "http status" => 200.0,
        "port" => 8080.0,
        "width" => 640.0,
        "height" => 480.0,
        "bytes" | "file size" | "length" => 1024.0,
        "duration" | "timeout" | "interval" | "ttl" | "seconds" => 60.0,
        "expires in" => 3600.0,
        "percent" | "percentage" | "progress" => 50.0,
        "rating" | "score" | "stars" => 4.0,
        "price" | "amount" | "cost" | "balance" => 1999.0,
        _ => return None,
    })
}

fn decimals(phrase: &str) -> Option<f64> {
    Some(match phrase {
        "lat" | "latitude" => 51.5074,
        "lng" | "lon" | "long" | "longitude" => -0.1278,
        "price" | "amount" | "cost" | "total" | "balance" | "subtotal" | "unit price" => 19.99,
        "tax" | "fee" | "discount" => 1.5,
        "rate" | "ratio" | "probability" | "confidence" => 0.5,
        "rating" | "score" => 4.5,
        "temperature" => 21.5,
        "weight" | "percent" | "percentage" => 12.5,
        "altitude" | "elevation" => 35.0,
        _ => return integers(phrase),
    })
}
