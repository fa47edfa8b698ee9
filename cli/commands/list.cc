// list --unresolved: the names of a file that no entry goes by.

#include <map>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "measurements/stated_names.h"
#include "output.h"
#include "report/json_writer.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

// A name that stands for no single entry, and what it may mean.
struct Doubt {
  StatedName name;
  std::string hint;
};

struct Tally {
  std::size_t names = 0;
  std::vector<Doubt> unresolved;
  std::vector<Doubt> several;  // known as a product, in variants among which nobody can tell
};

std::map<StatedKind, Tally> tally(const std::vector<StatedName>& names, Catalog& catalog) {
  std::map<StatedKind, Tally> tallies;
  for (const StatedName& name : names) {
    Tally& of_kind = tallies[name.kind];
    ++of_kind.names;
    NameAnswer answer = resolve(name, catalog);
    if (!answer.known()) of_kind.unresolved.push_back({name, std::move(answer.hint)});
    if (!answer.among.empty()) of_kind.several.push_back({name, joined(answer.among)});
  }
  return tallies;
}

Tally total_of(const std::map<StatedKind, Tally>& tallies) {
  Tally total;
  for (const auto& [kind, of_kind] : tallies) {
    total.names += of_kind.names;
    const auto append = [](std::vector<Doubt>& all, const std::vector<Doubt>& part) {
      all.insert(all.end(), part.begin(), part.end());
    };
    append(total.unresolved, of_kind.unresolved);
    append(total.several, of_kind.several);
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

void print_doubts(Page& page, std::string_view title, const std::string& remark,
                  const std::vector<Doubt>& doubts) {
  if (doubts.empty()) return;
  page.heading(title, remark);
  Table table{.columns = {{.flexible = true}, {.flexible = true}}};
  for (const Doubt& each : doubts)
    table.rows.push_back({.cells = {{each.name.text}, {each.hint, Ink::faint}}});
  page.table(2, table);
  page.blank();
}

std::string text_of(const std::map<StatedKind, Tally>& tallies, const TextStyle& style) {
  Page page(style);
  for (const auto& [kind, of_kind] : tallies)
    print_doubts(page, word(kind), share_text(of_kind), of_kind.unresolved);
  print_doubts(page, "products in several variants", "the largest first",
               total_of(tallies).several);
  page.paragraph(0, 2, {{share_text(total_of(tallies)) + " of the names do not resolve."}});
  return page.take();
}

void write_doubts(JsonWriter& json, std::string_view key, const std::vector<Doubt>& doubts) {
  json.list(key, doubts, [](JsonWriter& item, const Doubt& each) {
    item.open_object(JsonWriter::Layout::inline_);
    item.member("kind", word(each.name.kind));
    item.member("name", std::string_view(each.name.text));
    item.member("line", each.name.place.line);
    item.member("hint", std::string_view(each.hint));
    item.close();
  });
}

std::string json_of(const Tally& total, const std::string& file) {
  JsonWriter json;
  json.open_object();
  json.member("file", std::string_view(file));
  json.member("names", static_cast<std::int64_t>(total.names));
  write_doubts(json, "unresolved", total.unresolved);
  write_doubts(json, "several", total.several);
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
