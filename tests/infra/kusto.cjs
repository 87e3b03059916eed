// Reads {tables, queries} from standard input, and tells what Kusto's own language service says of each query.
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const folder = path.dirname(require.resolve("@kusto/language-service-next"));
for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, name), "utf8"), { filename: name });
}
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;
const listed = (list) => Array.from({ length: list.Count }, (_, index) => list.getItem(index));

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const tables = Object.entries(asked.tables).map(([name, columns]) =>
  Symbols.TableSymbol.From(`(${columns})`).WithName(name),
);
const workspace = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", tables));

const told = {};
for (const [name, text] of Object.entries(asked.queries)) {
  const code = KustoCode.ParseAndAnalyze(text, workspace);
  const result = code.ResultType;
  told[name] = {
    problems: listed(code.GetDiagnostics()).map((one) => `${one.Severity} ${one.Code} at ${one.Start}: ${one.Message}`),
    columns: result && result.Columns ? listed(result.Columns).map((column) => column.Name) : [],
  };
}
process.stdout.write(JSON.stringify(told));
