//! Pages of lists.

use rmcp::ErrorData;
use rmcp::model::PaginatedRequestParams;

/// Items of a page.
const SIZE: usize = 100;

/// The page that a request asks for, and the cursor of the next one. A cursor is how many items come before.
pub(crate) fn page<T>(
    items: Vec<T>,
    request: Option<PaginatedRequestParams>,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let total = items.len();
    let before = match request.and_then(|request| request.cursor) {
        None => 0,
        Some(cursor) => cursor
            .parse()
            .ok()
            .filter(|before| *before > 0 && *before < total && before % SIZE == 0)
            .ok_or_else(|| {
                ErrorData::invalid_params(
                    "there is no such cursor: take `nextCursor` of the page before",
                    None,
                )
            })?,
    };
    let next = before + SIZE;
    let page = items.into_iter().skip(before).take(SIZE).collect();
    Ok((page, (next < total).then(|| next.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cursor: Option<&str>) -> Result<(Vec<usize>, Option<String>), ErrorData> {
        let request = PaginatedRequestParams::default().with_cursor(cursor.map(str::to_owned));
        page((0..250).collect(), Some(request))
    }

    #[test]
    fn pages_hold_every_item_once() -> Result<(), ErrorData> {
        let (mut all, mut next) = at(None)?;
        while let Some(cursor) = next {
            let (more, after) = at(Some(&cursor))?;
            all.extend(more);
            next = after;
        }
        assert_eq!(all, (0..250).collect::<Vec<_>>());
        Ok(())
    }

    #[test]
    fn cursors_that_were_not_given_are_refused() {
        for cursor in ["", "0", "1", "300", "-100", "99999999999999999999", "next"] {
            assert!(at(Some(cursor)).is_err(), "{cursor}");
        }
    }
}
