/**
 * Recompute in a thread of its own, so that no package, however made, can freeze the page that asked.
 *
 * One message in, `{data, certificate}`; one out, what `checkPackage` says. Whoever asked sets the time limit.
 */
import { checkPackage } from "./check.js";

self.addEventListener("message", async ({ data: { data, certificate } }) => {
  try {
    self.postMessage(await checkPackage(new Uint8Array(data), certificate, self.crypto && self.crypto.subtle));
  } catch (problem) {
    self.postMessage({ fault: String(problem) }); // a fault of this program; the page says that nothing was recomputed
  }
});
