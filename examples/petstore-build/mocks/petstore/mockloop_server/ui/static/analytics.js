export const id = "analytics";
export const title = "Analytics";
export function mount(main) { main.append("…"); }
