export const id = "settings";
export const title = "Settings";
export function mount(main) { main.append("…"); }
