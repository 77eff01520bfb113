export const id = "responses";
export const title = "Responses";
export function mount(main) { main.append("…"); }
