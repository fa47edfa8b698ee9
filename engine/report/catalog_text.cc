#include "report/catalog_text.h"

#include <algorithm>
#include <set>

#include "base/quantity_text.h"
#include "base/text.h"
#include "catalog/words.h"
#include "report/catalog_entries.h"
#include "report/characters.h"

namespace plimsoll {

namespace {

// "memory_reached" -> "memory reached"
std::string spoken(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

// A count with the suffix of its order: 46.7 B parameters.
std::string large_number(double value) {
  if (value >= 1e12) return print_number(value / 1e12, 4) + " T";
  if (value >= 1e9) return print_number(value / 1e9, 4) + " B";
  if (value >= 1e6) return print_number(value / 1e6, 4) + " M";
  return print_number(value, 6);
}

std::string print_amount(double value, Unit unit) {
  switch (unit) {
    case Unit::none:
      return large_number(value);
    case Unit::bytes:
      return print_binary(Bytes(value), 4);
    case Unit::bytes_per_second:
      return print(BytesPerSecond(value), 4);
    case Unit::flop_per_second:
      return print(FlopPerSecond(value), 4);
    case Unit::seconds:
      return print(Seconds(value), 4);
    case Unit::hertz:
      return print(Hertz(value), 4);
    case Unit::watts:
      return print(Watts(value), 4);
    case Unit::dollars:
      return print(Dollars(value), 6);
    case Unit::bits:
      return print_number(value, 6) + " bit";
  }
  return "?";
}

std::string print_amount(const Amount& amount) {
  return print_amount(amount.value, amount.unit);
}

// What stands in one cell; empty for facts that have facts of their own.
struct ValueText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::int64_t count) const { return std::to_string(count); }
  std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
  std::string operator()(const Amount& amount) const { return print_amount(amount); }
  std::string operator()(const SourcedAmount& figure) const { return print_amount(figure.amount); }
  std::string operator()(const Words& words) const { return joined(words); }
  std::string operator()(const Facts&) const { return {}; }
  std::string operator()(const FactGroups&) const { return {}; }
};

std::string value_text(const Fact& fact) {
  return std::visit(ValueText{}, fact.value);
}

std::string interval_text(const SourcedAmount& figure) {
  if (!figure.low || !figure.high) return {};
  const Unit unit = figure.amount.unit;
  return print_amount(*figure.low, unit) + " to " + print_amount(*figure.high, unit);
}

Ink trust(const Provenance& from) {
  const bool doubtful = from.status == FigureStatus::claimed || from.confidence == Confidence::low;
  return doubtful ? Ink::caution : Ink::faint;
}

// "datasheet, low"; of prices also their date.
std::string trust_text(const Provenance& from) {
  const std::string text =
      std::string(word(from.status)) + ", " + std::string(word(from.confidence));
  return from.date.empty() ? text : text + ", " + from.date;
}

bool is_number(const Fact& fact) {
  return std::holds_alternative<std::int64_t>(fact.value) ||
         std::holds_alternative<Amount>(fact.value);
}

// A table of `show`: facts of the entry itself, or of one part of it.
struct Section {
  std::string title;
  std::vector<Row> plain;    // name and value
  std::vector<Row> figures;  // name, value, interval, status, source
};

std::string note_of(const std::string& source) {
  const std::size_t colon = source.find(':');
  return colon == std::string::npos ? std::string() : source.substr(colon + 1);
}

std::string keys_of(const std::string& source) {
  return source.substr(0, source.find(':'));
}

// Spreads facts over sections: maps join their names ("memory bandwidth"), each part of a list gets
// a section.
class SectionBuilder {
 public:
  void add(const std::string& title, const Facts& facts) {
    const std::size_t section = sections_.size();
    sections_.push_back({.title = title});
    add_facts(section, {}, facts);
  }
  const std::vector<Section>& sections() const { return sections_; }
  const std::set<std::string>& source_keys() const { return source_keys_; }

 private:
  void add_facts(std::size_t section, const std::string& prefix, const Facts& facts) {
    for (const Fact& fact : facts) {
      const std::string label = prefix + spoken(fact.key);
      if (const auto* figure = std::get_if<SourcedAmount>(&fact.value)) {
        add_figure(section, label, *figure);
      } else if (const auto* nested = std::get_if<Facts>(&fact.value)) {
        add_facts(section, label + " ", *nested);
      } else if (const auto* groups = std::get_if<FactGroups>(&fact.value)) {
        add_groups(section, label, *groups);
      } else {
        sections_[section].plain.push_back({.cells = {{label}, {value_text(fact)}}});
      }
    }
  }

  void add_groups(std::size_t section, const std::string& label, const FactGroups& groups) {
    const std::string above = sections_[section].title;
    for (const FactGroup& group : groups) {
      add((above.empty() ? "" : above + ", ") + label + ": " + group.title, group.facts);
    }
  }

  void add_figure(std::size_t section, const std::string& label, const SourcedAmount& figure) {
    const Provenance& from = figure.from;
    Row row{.cells = {{label},
                      {print_amount(figure.amount), Ink::strong},
                      {interval_text(figure)},
                      {trust_text(from), trust(from)},
                      {keys_of(from.source), Ink::faint}}};
    if (const std::string note = note_of(from.source); !note.empty()) {
      row.notes = {{{note, Ink::faint}}};
    }
    sections_[section].figures.push_back(std::move(row));
    source_keys_.insert(keys_of(from.source));
  }

  std::vector<Section> sections_;
  std::set<std::string> source_keys_;
};

Row header_row(const std::vector<std::string>& titles) {
  Row row;
  for (const std::string& title : titles) row.cells.push_back({title, Ink::faint});
  return row;
}

// Plain facts stand first and in a table of their own, where long texts have room.
void add_section(Page& page, const Section& section) {
  const int indent = section.title.empty() ? 2 : 4;
  if (!section.title.empty()) {
    page.blank();
    page.paragraph(2, 4, {{section.title, Ink::strong}});
  }
  page.table(indent, {.columns = {{}, {.flexible = true}}, .rows = section.plain});
  if (section.figures.empty()) return;
  Table figures{.columns = {{}, {}, {.flexible = true}, {}, {.flexible = true}}};
  figures.rows = section.figures;
  figures.rows.insert(figures.rows.begin(),
                      header_row({"", "value", "90 % interval", "status", "source"}));
  if (!section.plain.empty()) page.blank();
  page.table(indent, figures);
}

void add_sources(Page& page, Catalog& catalog, const std::set<std::string>& keys) {
  if (keys.empty()) return;
  page.heading("Sources");
  Table table{.columns = {{}, {.flexible = true}}};
  for (const std::string& key : keys) {
    table.rows.push_back({.cells = {{key, Ink::strong}, {catalog.citation(key)}}});
  }
  page.table(2, table);
}

// Numbers stand right; a column is numbers when every value that is known is one.
bool is_number_column(const std::vector<DescribedEntry>& entries, std::size_t column) {
  return std::all_of(entries.begin(), entries.end(), [column](const DescribedEntry& entry) {
    const Fact& fact = entry.facts[column];
    return is_number(fact) || value_text(fact).empty();
  });
}

int widest(const std::vector<Row>& rows, std::size_t column) {
  int width = 0;
  for (const Row& row : rows) width = std::max(width, terminal_columns(row.cells[column].text));
  return width;
}

constexpr int gap = 2;  // between columns, as Page::table sets them

int natural_width(const Table& table) {
  int width = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    width += widest(table.rows, i) + (i > 0 ? gap : 0);
  }
  return width;
}

// Narrow pages go without the name: the id says as much, and both would be broken up.
void drop_name_if_narrow(Table& table, int width) {
  if (natural_width(table) <= width) return;
  table.columns.erase(table.columns.begin() + 1);
  for (Row& row : table.rows) row.cells.erase(row.cells.begin() + 1);
}

Table list_table(const std::vector<DescribedEntry>& entries, int width) {
  Table table{.columns = {{}, {.flexible = true}}};
  std::vector<std::string> titles = {"id", "name"};
  for (std::size_t i = 0; i < entries.front().facts.size(); ++i) {
    const bool number = is_number_column(entries, i);
    table.columns.push_back({.align = number ? Align::right : Align::left, .flexible = !number});
    titles.push_back(spoken(entries.front().facts[i].key));
  }
  table.rows.push_back(header_row(titles));
  for (const DescribedEntry& entry : entries) {
    Row row{.cells = {{entry.id, Ink::strong}, {entry.name}}};
    for (const Fact& fact : entry.facts) row.cells.push_back({value_text(fact)});
    table.rows.push_back(std::move(row));
  }
  drop_name_if_narrow(table, width);
  return table;
}

}  // namespace

std::string list_text(Catalog& catalog, EntryKind kind, std::string_view pattern,
                      Diagnostics& diagnostics, const CatalogTextOptions& options) {
  const std::vector<DescribedEntry> entries =
      summarize_entries(catalog, kind, pattern, diagnostics, options.count_parameters);
  if (entries.empty()) return {};
  Page page(options.style);
  page.table(0, list_table(entries, page.width()));
  return page.take();
}

std::string show_text(Catalog& catalog, EntryKind kind, std::string_view name,
                      Diagnostics& diagnostics, const CatalogTextOptions& options) {
  const auto entry = describe_entry(catalog, kind, name, diagnostics, options.count_parameters);
  if (!entry) return {};
  Page page(options.style);
  page.heading(entry->name, std::string(singular(kind)) + " " + entry->id);
  if (!entry->names.empty()) {
    page.paragraph(2, 4, {{"also: " + joined(entry->names), Ink::faint}});
  }
  SectionBuilder builder;
  builder.add({}, entry->facts);
  for (const Section& section : builder.sections()) add_section(page, section);
  add_sources(page, catalog, builder.source_keys());
  return page.take();
}

}  // namespace plimsoll
