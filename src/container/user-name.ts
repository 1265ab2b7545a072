import { userInfo } from "node:os";

/** How messages name this user; the image need not know a user that was chosen for the container. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "this user";
  }
}
