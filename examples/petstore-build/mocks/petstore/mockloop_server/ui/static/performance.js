export const id = "performance";
export const title = "Performance";
export function mount(main) { main.append("…"); }
