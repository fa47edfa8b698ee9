#include <system_error>

#include "base/names.h"
#include "commands/commands.h"
#include "lint/schemas.h"
#include "output.h"
#include "report/schema_json.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;

const Schema& find_schema(const std::string& kind) {
  std::vector<std::string> known;
  std::string expected;
  for (const Schema& schema : file_schemas()) {
    if (file_kind(schema) == kind) return schema;
    known.push_back(file_kind(schema));
    expected += (expected.empty() ? "" : ", ") + known.back();
  }
  Diagnostics diagnostics;
  diagnostics.error("unknown-kind", {.file = "command line"}, "no file is a '" + kind + "'",
                    expected, nearest_name(kind, known).value_or(""));
  throw InputError(diagnostics);
}

void write_all(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);  // writing complains where that failed
  for (const Schema& schema : file_schemas())
    write_result(folder / (file_kind(schema) + ".schema.json"), schema_json(schema));
}

}  // namespace

void execute(const SchemaCommand& command) {
  if (command.all) return write_all(command.output);
  write_result(command.output, schema_json(find_schema(command.kind)));
}

}  // namespace plimsoll::cli
