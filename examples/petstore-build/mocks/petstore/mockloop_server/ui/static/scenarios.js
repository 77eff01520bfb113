export const id = "scenarios";
export const title = "Scenarios";
export function mount(main) { main.append("…"); }
