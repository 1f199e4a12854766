import { readdirSync } from "node:fs";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const EVERYWHERE = [{ regex: "^zod(/v4)?$", message: 'import * as z from "zod/mini"' }];
const forbid = (files, ...patterns) => ({ files, rules: { "no-restricted-imports": ["error", { patterns: [...patterns, ...EVERYWHERE] }] } });
const PAGES = { group: ["@/app/**"], message: "only routes live there" };

export default tseslint.config(
  { ignores: [".next", "out", "next-env.d.ts", "src/lib/api/schema.d.ts"] },
  ...tseslint.configs.recommended,
  a11y.flatConfigs.recommended,
  hooks.configs.flat.recommended,
  { rules: { "max-lines": ["error", 250], "jsx-a11y/no-noninteractive-tabindex": "off", "react-hooks/incompatible-library": "off" } },
  // Turbopack keeps all of zod when it is imported with braces: 95 kB instead of 31.
  { rules: { "no-restricted-syntax": ["error", { selector: "ImportDeclaration[source.value='zod/mini'] > ImportSpecifier", message: 'import * as z from "zod/mini"' }] } },
  // One direction: app > features > components > lib; a feature knows no other.
  forbid(["src/app/**"], { group: ["../**/features/*"], message: "through @/features" }),
  ...readdirSync("src/features").map((name) =>
    forbid(
      [`src/features/${name}/**`],
      PAGES,
      { regex: `^@/features/(?!${name}/)`, message: "a feature knows no other: move what both need to components or lib, or put them together in app" },
      { group: ["../../*"], message: "leaves the feature" },
    ),
  ),
  forbid(["src/components/**"], PAGES, { group: ["@/features/**"], message: "components know no feature" }),
  forbid(["src/components/ui/**"], PAGES, { group: ["@/features/**", "@/components/layout/**", "@/components/data/**", "@/lib/api/**", "@/lib/session/**", "@tanstack/*", "next", "next/*"], message: "ui is only looks" }),
  forbid(["src/lib/**"], PAGES, { group: ["@/features/**", "@/components/**"], message: "lib is the ground floor" }),
);
