#include "catalog/price_reader.h"

#include <array>

#include "catalog/date_field.h"
#include "catalog/reader_parts.h"
#include "catalog/table_file.h"

namespace plimsoll {

namespace fs = std::filesystem;

namespace {

// Bounds that no real value comes near, in the units of the files.
constexpr DollarsPerSecond highest_rent{1e4 / 3600.0};       // 10,000 USD/h
constexpr DollarsPerToken highest_token_price{1e4 / 1e6};    // 10,000 USD/Mtok
constexpr DollarsPerJoule highest_electricity{1e2 / 3.6e6};  // 100 USD/kWh
constexpr double longest_depreciation = 50.0;                // years
constexpr double most_events = 1e4;                          // a year
constexpr Seconds longest_repair{3.15576e7};                 // a year
constexpr int most_gpus = 1000;                              // of one host

auto token_price() {
  return field::price(DollarsPerToken(0.0), highest_token_price);
}
auto dated_fraction() {
  return field::price(1e-6, 1.0);
}
auto yearly_rate() {
  return field::figure(0.0, most_events);
}
auto repair_time() {
  return field::figure(Seconds(1.0), longest_repair);
}

template <class Value>
void replace(std::optional<Value>& below, std::optional<Value> above) {
  if (above) below = std::move(above);
}

// A map of entries by id, each read by `read_one(MapReader&)`; the id goes into the entry.
template <class Entry, class Read>
void read_entries(MapReader& reader, std::string_view key, const std::string& what, Read read_one,
                  std::map<std::string, Entry>& entries) {
  for (auto& [id, entry] : reader.required(key, field::map_of(field::object(what, read_one)))) {
    entry.id = id;
    entries[id] = std::move(entry);
  }
}

RentOffer read_rent_offer(MapReader& reader, References& references) {
  RentOffer offer;
  offer.devices = required_references(reader, "devices", ReferenceKind::device, references);
  require_some(reader, "devices", offer.devices);
  offer.provider = reader.optional("provider", word_of<ProviderClass>());
  offer.provider_name = text_or_empty(reader, "provider_name");
  offer.terms = reader.required("terms", word_of<RentTerms>());
  offer.price = reader.required("price", field::price(DollarsPerSecond(0.0), highest_rent));
  return offer;
}

void read_rent(const TableInput& input, PriceBook& book, References& references,
               Diagnostics& diagnostics) {
  read_table(input, "rent-prices", references, diagnostics, [&](MapReader& reader) {
    const auto offer = [&references](MapReader& map) { return read_rent_offer(map, references); };
    read_entries(reader, "offers", "offer", offer, book.rent.offers);
    replace(book.rent.reservation_discount,
            reader.optional("reservation_discount", dated_fraction()));
    replace(book.rent.spot_discount, reader.optional("spot_discount", dated_fraction()));
    replace(book.rent.gpu_share_of_bill, reader.optional("gpu_share_of_bill", dated_fraction()));
  });
}

ApiOffer read_api_offer(MapReader& reader, References& references) {
  const ErrorWatch watch(reader);
  ApiOffer offer;
  offer.name = reader.required("name", field::text());
  offer.provider = reader.required("provider", field::text());
  offer.model = optional_reference(reader, "model", ReferenceKind::model, references);
  if (const auto tokens = reader.optional("longest_prompt", field::integer(1, 1'000'000'000)))
    offer.longest_prompt = static_cast<double>(*tokens);
  offer.until = reader.optional("until", field::date());
  offer.input = reader.required("input", token_price());
  offer.output = reader.required("output", token_price());
  offer.cached_input = reader.optional("cached_input", token_price());
  if (watch.clean() && offer.cached_input && offer.cached_input->value > offer.input.value) {
    reader.error("cached_input", "inconsistent",
                 "cached input costs " + print(offer.cached_input->value) + " and input " +
                     print(offer.input.value),
                 "at most the price of input");
  }
  return offer;
}

void read_api(const TableInput& input, PriceBook& book, References& references,
              Diagnostics& diagnostics) {
  read_table(input, "api-prices", references, diagnostics, [&](MapReader& reader) {
    const auto offer = [&references](MapReader& map) { return read_api_offer(map, references); };
    read_entries(reader, "offers", "offer", offer, book.api.offers);
    overlay(book.api.batch_discounts,
            as_map(reader.value_or("batch_discounts", field::map_of(dated_fraction()), {})));
  });
}

ElectricityRegion read_region(MapReader& reader) {
  ElectricityRegion region;
  region.name = reader.required("name", field::text());
  const auto prices = field::object("tariffs", [](MapReader& tariffs) {
    std::map<ElectricityClass, Figure<DollarsPerJoule>> found;
    for (const auto& [word, tariff] : words_of<ElectricityClass>()) {
      const auto price =
          tariffs.optional(word, field::price(DollarsPerJoule(0.0), highest_electricity));
      if (price) found.emplace(tariff, *price);
    }
    return found;
  });
  region.prices = reader.required("prices", prices);
  return region;
}

void read_electricity(const TableInput& input, PriceBook& book, References& references,
                      Diagnostics& diagnostics) {
  read_table(input, "electricity-prices", references, diagnostics, [&](MapReader& reader) {
    read_entries(reader, "regions", "region", read_region, book.electricity);
  });
}

void read_overheads(const TableInput& input, PriceBook& book, References& references,
                    Diagnostics& diagnostics) {
  read_table(input, "overheads", references, diagnostics, [&](MapReader& reader) {
    OverheadTable& table = book.overheads;
    const auto pue = field::map_of(field::figure(1.0, 10.0));
    overlay(table.pue, as_map(reader.value_or("pue", pue, {})));
    replace(table.psu_efficiency, reader.optional("psu_efficiency", field::fraction()));
    const auto years = field::map_of(field::figure(0.1, longest_depreciation));
    overlay(table.depreciation_years, as_map(reader.value_or("depreciation_years", years, {})));
  });
}

FailureClass read_failure_class(MapReader& reader, References& references) {
  const ErrorWatch watch(reader);
  FailureClass failures;
  failures.name = reader.required("name", field::text());
  failures.events = reader.optional("events", yearly_rate());
  failures.replacements = reader.optional("replacements", yearly_rate());
  failures.devices = optional_references(reader, "devices", ReferenceKind::device, references);
  failures.gpus = static_cast<int>(reader.value_or("gpus", field::integer(1, most_gpus), 0));
  if (!watch.clean()) return failures;
  if (!failures.events && !failures.replacements) {
    reader.error("name", "inconsistent", "the class has neither events nor replacements",
                 "one of them");
  } else if (failures.events && failures.replacements &&
             failures.replacements->value > failures.events->value) {
    reader.error("replacements", "inconsistent", "more is replaced than fails",
                 "at most the events");
  }
  return failures;
}

void read_failures(const TableInput& input, PriceBook& book, References& references,
                   Diagnostics& diagnostics) {
  read_table(input, "failure-rates", references, diagnostics, [&](MapReader& reader) {
    FailureTable& table = book.failures;
    const auto read = [&references](MapReader& map) { return read_failure_class(map, references); };
    read_entries(reader, "classes", "class of failures", read, table.classes);
    replace(table.soft_repair, reader.optional("soft_repair", repair_time()));
    replace(table.hard_repair, reader.optional("hard_repair", repair_time()));
    replace(table.early_life, reader.optional("early_life", field::figure(1.0, 100.0)));
  });
}

}  // namespace

std::span<const PriceTableFile> price_tables() {
  static constexpr auto files = std::to_array<PriceTableFile>({
      {"prices/rent.yaml", read_rent},
      {"prices/api.yaml", read_api},
      {"prices/electricity.yaml", read_electricity},
      {"prices/overheads.yaml", read_overheads},
      {"prices/failures.yaml", read_failures},
  });
  return files;
}

}  // namespace plimsoll
