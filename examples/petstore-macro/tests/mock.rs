//! The client against a mock that starts with the test and ends with it.

use petstore_macro::petstore::models::{NewPet, NewPetSpecies};
use petstore_macro::petstore::{self, AddPet, AddPetResponse, GetPetById, GetPetByIdResponse};

type Done = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn the_cats_of_the_mock() -> Done {
    let mock = petstore::PROJECT.start().await?;
    let store = petstore::client(mock.url())?;
    assert_eq!(petstore_macro::cats(&store).await?, ["Tom"]);
    Ok(())
}

#[tokio::test]
async fn what_is_sent_and_what_comes_back_have_types() -> Done {
    let mock = petstore::PROJECT.start().await?;
    let rex = NewPet { price: Some(249.5), ..NewPet::new("Rex", NewPetSpecies::Dog) };

    let anybody = petstore::client(mock.url())?;
    let refused = anybody.send(&AddPet::new(rex.clone())).await?;
    assert!(matches!(refused, AddPetResponse::Unauthorized(_)), "{refused:?}");

    let store = anybody.header("X-API-Key", "any")?;
    let AddPetResponse::Created(added) = store.send(&AddPet::new(rex)).await? else {
        return Err("not added".into());
    };
    let found = store.send(&GetPetById::new(added.id)).await?;
    assert!(matches!(found, GetPetByIdResponse::Ok(pet) if pet.name == "Rex"));
    Ok(())
}
