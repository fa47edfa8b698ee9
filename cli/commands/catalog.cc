// list and show.

#include "commands/commands.h"
#include "commands/common.h"
#include "footprint/footprint.h"
#include "output.h"
#include "report/catalog_text.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

CatalogTextOptions text_options(const OutputOptions& output) {
  return {.style = text_style(output), .count_parameters = [](const ModelSpec& model) {
            return static_cast<double>(count_parameters(enumerate_tensors(model)));
          }};
}

}  // namespace

void execute(const ListCommand& command) {
  Catalog catalog(data_folders(command.data));
  Diagnostics diagnostics;
  const CatalogTextOptions options = text_options(command.output);
  const auto print = command.output.format == Format::json ? list_json : list_text;
  const std::string text = print(catalog, command.kind, command.pattern, diagnostics, options);
  settle(diagnostics);
  write_result(command.output.file, text);
}

void execute(const ShowCommand& command) {
  Catalog catalog(data_folders(command.data));
  Diagnostics diagnostics;
  const CatalogTextOptions options = text_options(command.output);
  const auto print = command.output.format == Format::json ? show_json : show_text;
  const std::string text = print(catalog, command.kind, command.name, diagnostics, options);
  settle(diagnostics);
  write_result(command.output.file, text);
}

void execute(const PrintCommand& command) {
  write_result({}, command.text);
}

}  // namespace plimsoll::cli
