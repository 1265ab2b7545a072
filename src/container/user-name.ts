import { userInfo } from "node:os";

/** The name of this user in messages. The image may not know a user that was set for the container. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "this user";
  }
}
