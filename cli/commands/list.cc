// list --unresolved: the names of a file that no entry goes by.

#include <map>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "measurements/stated_names.h"
#include "output.h"
#include "report/json_writer.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

struct Unresolved {
  StatedName name;
  std::string hint;
};

struct Tally {
  std::size_t names = 0;
  std::vector<Unresolved> unresolved;
};

std::map<StatedKind, Tally> tally(const std::vector<StatedName>& names, Catalog& catalog) {
  std::map<StatedKind, Tally> tallies;
  for (const StatedName& name : names) {
    Tally& of_kind = tallies[name.kind];
    ++of_kind.names;
    NameAnswer answer = resolve(name, catalog);
    if (answer.entry.empty()) of_kind.unresolved.push_back({name, std::move(answer.hint)});
  }
  return tallies;
}

Tally total_of(const std::map<StatedKind, Tally>& tallies) {
  Tally total;
  for (const auto& [kind, of_kind] : tallies) {
    total.names += of_kind.names;
    total.unresolved.insert(total.unresolved.end(), of_kind.unresolved.begin(),
                            of_kind.unresolved.end());
  }
  return total;
}

// "12 of 201 (6 %)"
std::string share_text(const Tally& tally) {
  const auto unresolved = static_cast<double>(tally.unresolved.size());
  const double share = tally.names == 0 ? 0.0 : unresolved / static_cast<double>(tally.names);
  return std::to_string(tally.unresolved.size()) + " of " + std::to_string(tally.names) + " (" +
         print_number(100.0 * share, 2) + " %)";
}

std::string text_of(const std::map<StatedKind, Tally>& tallies, const TextStyle& style) {
  Page page(style);
  for (const auto& [kind, of_kind] : tallies) {
    if (of_kind.unresolved.empty()) continue;
    page.heading(word(kind), share_text(of_kind));
    Table table{.columns = {{.flexible = true}, {.flexible = true}}};
    for (const Unresolved& each : of_kind.unresolved)
      table.rows.push_back({.cells = {{each.name.text}, {each.hint, Ink::faint}}});
    page.table(2, table);
    page.blank();
  }
  page.paragraph(0, 2, {{share_text(total_of(tallies)) + " of the names do not resolve."}});
  return page.take();
}

std::string json_of(const Tally& total, const std::string& file) {
  JsonWriter json;
  json.open_object();
  json.member("file", std::string_view(file));
  json.member("names", static_cast<std::int64_t>(total.names));
  json.list("unresolved", total.unresolved, [](JsonWriter& item, const Unresolved& each) {
    item.open_object(JsonWriter::Layout::inline_);
    item.member("kind", word(each.name.kind));
    item.member("name", std::string_view(each.name.text));
    item.member("line", each.name.place.line);
    item.member("hint", std::string_view(each.hint));
    item.close();
  });
  json.close();
  return json.take();
}

}  // namespace

void execute(const UnresolvedCommand& command) {
  Diagnostics diagnostics;
  const std::vector<StatedName> names = read_stated_names(command.file, diagnostics);
  settle(diagnostics);
  Catalog catalog(data_folders(command.data));
  const std::map<StatedKind, Tally> tallies = tally(names, catalog);
  const std::string text = command.output.format == Format::json
                               ? json_of(total_of(tallies), command.file.string())
                               : text_of(tallies, text_style(command.output));
  write_result(command.output.file, text);
}

}  // namespace plimsoll::cli
