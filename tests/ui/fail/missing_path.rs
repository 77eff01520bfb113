mockloop_runtime::mockloop! {
    pub mod api;
}

fn main() {}
