export const id = "docs";
export const title = "Docs";
export function mount(main) { main.append("…"); }
