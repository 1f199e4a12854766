/** The first word of every query's key is what it is about: the live channel says which of them is no longer true. */
export const keys = {
  products: ["products"] as const,
  product: (id: string) => ["products", "one", id] as const,
  jobs: ["jobs"] as const,
  job: (id: string) => ["jobs", "one", id] as const,
  imports: ["imports"] as const,
  import: (id: string) => ["imports", "one", id] as const,
  notifications: ["notifications"] as const,
  unread: ["notifications", "unread"] as const,
  suppliers: ["suppliers"] as const,
};
