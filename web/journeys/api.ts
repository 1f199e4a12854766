import { PASSWORD, URL_ } from "./browser";

/** Another client of the gateway: what somebody else does meanwhile. */
export class Api {
  private constructor(private readonly token: string) {}

  static async signIn(username = "admin", password = PASSWORD) {
    const answer = await fetch(`${URL_}/api/v1/auth/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username, password }) });
    if (!answer.ok) throw new Error(await answer.text());
    return new Api(((await answer.json()) as { access_token: string }).access_token);
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${URL_}/api/v1${path}`, { method, headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async upload(name: string, content: string | Uint8Array, supplier: string, apply = false) {
    const query = new URLSearchParams({ file_name: name, supplier_name: supplier, auto_apply: String(apply) });
    const answer = await fetch(`${URL_}/api/v1/imports?${query}`, { method: "POST", headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/octet-stream" }, body: content as BodyInit });
    if (answer.status !== 201) throw new Error(await answer.text());
    return (await answer.json()) as { id: string };
  }
}
