//! Generates the pet store's module, and its FastAPI project beside the code.

fn main() -> Result<(), mockloop_build::Error> {
    mockloop_build::configure().spec("../specs/petstore.yaml").out_dir("mocks").deny_warnings(true).generate()
}
