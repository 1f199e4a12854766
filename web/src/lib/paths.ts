/** Every address of the application, so that none is written twice. */
export const paths = {
  home: "/",
  imports: "/imports",
  import: (id: string) => `/imports/${id}`,
  inbox: "/inbox",
  jobs: "/jobs",
  products: "/products",
  product: (id: string) => `/products/${id}`,
  account: "/account",
} as const;
