mockloop_runtime::mockloop! {}

fn main() {}
