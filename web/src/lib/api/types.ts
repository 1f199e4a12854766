import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["core.v1.User"];
/** Of a token there is always a user. */
export type Me = Schemas["core.v1.Me"] & { user: User };
export type LoginResponse = Schemas["core.v1.LoginResponse"];
export type Session = Schemas["core.v1.Session"];
export type Notification = Schemas["core.v1.Notification"];
export type Money = Schemas["common.v1.Money"];
export type Job = Schemas["common.v1.Job"];
export type Import = Schemas["imports.v1.Job"];
export type ImportRun = Schemas["imports.v1.JobRun"];
export type Ledger = Schemas["imports.v1.Ledger"];
export type Doubt = Schemas["imports.v1.Doubt"];
export type RowProblem = Schemas["imports.v1.Problem"];
export type FileLayout = Schemas["imports.v1.FileLayout"];
export type FieldMapping = Schemas["imports.v1.FieldMapping"];
export type PlanRow = Schemas["imports.v1.PlanRow"];
export type Product = Schemas["catalog.v1.Product"];
export type Offer = Schemas["catalog.v1.Offer"];
export type Change = Schemas["catalog.v1.Change"];
export type SearchHit = Schemas["catalog.v1.SearchHit"];
export type FacetCounts = Schemas["catalog.v1.FacetCounts"];
export type Facet = Schemas["catalog.v1.Facet"];
export type Supplier = Schemas["catalog.v1.Supplier"];
export type ProblemDocument = Schemas["Problem"];
