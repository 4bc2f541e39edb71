import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const TESTS = ["**/*.test.ts", "**/*.test.tsx", "tools/**"];

/** What is forbidden by its look, and why. */
const SYNTAX = [
  { selector: "JSXText[value=/[A-Za-z]{2}/]", message: "Texts stand in src/texts, and are said with `say(id)`." },
  {
    selector: "JSXAttribute[name.name=/^(title|placeholder|aria-label|alt)$/] > Literal[value=/[A-Za-z]{2}/]",
    message: "Texts stand in src/texts, and are said with `say(id)`.",
  },
  { selector: "CallExpression[callee.property.name=/^(toLocaleString|toLocaleDateString|toLocaleTimeString|toFixed|toPrecision)$/]", message: "Figures and dates are written by src/format alone." },
  { selector: "MemberExpression[object.name='Intl']", message: "Figures and dates are written by src/format alone." },
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text is text, never HTML." },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.object.name='Date'][callee.property.name='now']", message: "The page never asks its own clock: take `meta.as_of` of the answer." },
  { selector: "NewExpression[callee.name='Date'][arguments.length>1]", message: "That is in the zone of the browser; dates are strings of the company's zone." },
];

export default tseslint.config(
  { ignores: ["src/generated/**", "node_modules/**", "*.cjs", ".*.cjs"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: false }],
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "max-lines": ["error", { max: 250, skipBlankLines: false, skipComments: false }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: false, skipComments: false }],
      complexity: ["error", 15],
      "no-console": "error",
      "no-eval": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["src/**"],
    ignores: [...TESTS, "src/format/**"],
    rules: { "no-restricted-syntax": ["error", ...SYNTAX] },
  },
  {
    // A figure is sealed (figures.ts). Who looks inside could average rates; so only these do.
    files: ["src/**"],
    ignores: [...TESTS, "src/format/**", "src/charts/scale.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["**/format/magnitude", "./magnitude"], message: "Figures are sealed: write them with useFormats(), draw them with charts/scale." },
            { group: ["@base-ui/*"], message: "Take it from popups/Popups, so that it stays in its own chunk." },
            { group: ["d3-*"], message: "Geometry stands in charts/scale.ts and charts/line.ts." },
          ],
        },
      ],
    },
  },
  { files: ["src/popups/loaded.tsx", "src/charts/line.ts"], rules: { "no-restricted-imports": "off" } },
  {
    files: TESTS,
    rules: {
      "@typescript-eslint/explicit-module-boundary-types": "off",
      "max-lines": "off",
      "max-lines-per-function": "off",
    },
  },
  { files: ["*.js", ".*.cjs"], ...tseslint.configs.disableTypeChecked },
);
