// hwdb/prices/ and dated figures.
#include <string>

#include "catalog/date.h"
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

const std::string valid_rent = R"(kind: rent-prices
offers:
  card-a-specialist:
    devices: [card-a]
    provider: specialist
    terms: on_demand
    price: {value: 2.5 USD/h, range: [2 USD/h, 3 USD/h], date: 2026-05, source: S, status: claimed}
  card-a-acme:
    devices: [card-a]
    provider_name: Acme
    terms: spot
    price: {value: 0.5 USD/h, date: 2026-03-21, source: T, status: claimed}
gpu_share_of_bill: {value: 0.65, date: 2026-05, source: S, status: claimed}
)";

const std::string valid_api = R"(kind: api-prices
offers:
  model-a-acme:
    name: Model A
    provider: Acme
    model: model-a
    longest_prompt: 32768
    until: 2026-09-01
    input: {value: 0.6 USD/Mtok, date: 2026, source: S, status: datasheet}
    output: {value: 3 USD/Mtok, date: 2026, source: S, status: datasheet}
    cached_input: {value: 0.1 USD/Mtok, date: 2026, source: S, status: datasheet}
batch_discounts:
  Acme: {value: 0.5, date: 2026, source: S, status: claimed}
)";

const std::string valid_electricity = R"(kind: electricity-prices
regions:
  us:
    name: United States
    prices:
      residential: {value: 0.1872 USD/kWh, date: 2026-04, source: S, status: measured}
      industrial: {value: 0.085 USD/kWh, date: undated, source: S, status: claimed}
)";

const std::string valid_overheads = R"(kind: overheads
pue:
  home: {value: 1.0, source: S, status: claimed}
psu_efficiency: {value: 0.92, source: S, status: claimed}
depreciation_years:
  default: {value: 6, source: S, status: claimed}
)";

const std::string valid_failures = R"(kind: failure-rates
classes:
  host:
    name: Host
    events: {value: 1.4, source: S, status: measured}
    replacements: {value: 0.3, source: S, status: measured}
soft_repair: {value: 30 min, source: S, status: claimed}
hard_repair: {value: 24 h, source: S, status: claimed}
early_life: {value: 2, source: S, status: claimed}
)";

Diagnostics problems_of(const std::string& table, const std::string& text) {
  const DataFixture data;
  data.write("hwdb/prices/" + table + ".yaml", text);
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.prices(problems);
  return problems;
}

void expect_each(const std::string& table, const std::string& valid,
                 const std::vector<Mistake>& mistakes) {
  CHECK(codes_and_places(problems_of(table, valid)).empty());
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    const MarkedText marked(replaced(valid, mistake.from, mistake.to));
    const std::string expected =
        mistake.code + " " + std::to_string(marked.line) + ":" + std::to_string(marked.column);
    CHECK(codes_and_places(problems_of(table, marked.text)) == std::vector<std::string>{expected});
  }
}

TEST_CASE("dates of a year, a month or a day", "[catalog]") {
  CHECK(*parse_date("2026") == Date{2026, 0, 0});
  CHECK(*parse_date("2026-05") == Date{2026, 5, 0});
  CHECK(*parse_date("2026-05-20") == Date{2026, 5, 20});
  for (const char* text : {"2026", "2026-05", "2026-12-31", "2024-02-29"}) {
    CHECK(to_text(*parse_date(text)) == text);
  }
  for (const char* text : {"", "26", "20260", "2026-", "2026-5", "2026-13", "2026-00", "2026-05-",
                           "2026-05-32", "2026-02-30", "2026-04-31", "2026/05", "2026-05-2",
                           "2026-05-200", "May 2026", "0999", "-202", "undated"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text));
  }
  CHECK(*parse_date("2025-12-31") < *parse_date("2026"));
  CHECK(*parse_date("2026") < *parse_date("2026-01"));
}

TEST_CASE("the tables of prices are read", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/prices/rent.yaml", valid_rent);
  data.write("hwdb/prices/api.yaml", valid_api);
  data.write("hwdb/prices/electricity.yaml", valid_electricity);
  data.write("hwdb/prices/overheads.yaml", valid_overheads);
  data.write("hwdb/prices/failures.yaml", valid_failures);
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.check_all(problems);
  CHECK(codes_and_places(problems).empty());
  const PriceBook& book = catalog.prices(problems);

  const RentOffer& rent = book.rent.offers.at("card-a-specialist");
  CHECK(rent.id == "card-a-specialist");
  CHECK(rent.devices == std::vector<std::string>{"card-a"});
  CHECK(rent.provider == ProviderClass::specialist);
  CHECK(rent.terms == RentTerms::on_demand);
  CHECK(rent.price.value.base() == Approx(2.5 / 3600));
  CHECK(rent.price.high->base() == Approx(3.0 / 3600));
  CHECK(rent.price.from.date == "2026-05");
  CHECK_FALSE(book.rent.offers.at("card-a-acme").provider);
  CHECK(book.rent.offers.at("card-a-acme").provider_name == "Acme");
  CHECK(book.rent.gpu_share_of_bill->value == 0.65);
  CHECK_FALSE(book.rent.spot_discount);

  const ApiOffer& api = book.api.offers.at("model-a-acme");
  CHECK(api.model == "model-a");
  CHECK(api.longest_prompt == 32768.0);
  CHECK(api.until == Date{2026, 9, 1});
  CHECK(api.output.value.base() == Approx(3e-6));
  CHECK(api.cached_input->value.base() == Approx(0.1e-6));
  CHECK(book.api.batch_discounts.at("Acme").value == 0.5);

  const ElectricityRegion& us = book.electricity.at("us");
  CHECK(us.prices.size() == 2);
  CHECK(us.prices.at(ElectricityClass::residential).value.base() == Approx(0.1872 / 3.6e6));
  CHECK(us.prices.at(ElectricityClass::industrial).from.date == "undated");

  CHECK(book.overheads.pue.at("home").value == 1.0);
  CHECK(book.overheads.depreciation_years.at("default").value == 6.0);
  CHECK(book.failures.classes.at("host").events->value == 1.4);
  CHECK(book.failures.hard_repair->value == Seconds(86400.0));
}

TEST_CASE("without tables the book is empty", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(catalog.prices(problems).rent.offers.empty());
  CHECK(problems.empty());
}

TEST_CASE("a later folder replaces prices one by one", "[catalog]") {
  const DataFixture data;
  data.write("a/hwdb/prices/rent.yaml", valid_rent);
  data.write("b/hwdb/prices/rent.yaml", R"(kind: rent-prices
offers:
  card-a-specialist:
    devices: [card-a]
    terms: reserved
    price: {value: 9 USD/h, date: 2027, source: S, status: claimed}
spot_discount: {value: 0.7, date: 2027, source: S, status: claimed}
)");
  Catalog catalog({data.folders("a"), data.folders("b")});
  Diagnostics problems;
  const RentTable& rent = catalog.prices(problems).rent;
  CHECK(problems.empty());
  CHECK(rent.offers.size() == 2);
  CHECK(rent.offers.at("card-a-specialist").terms == RentTerms::reserved);
  CHECK_FALSE(rent.offers.at("card-a-specialist").provider);
  CHECK(rent.gpu_share_of_bill);
  CHECK(rent.spot_discount);
}

TEST_CASE("mistakes in prices stand where they are", "[catalog]") {
  const std::string spot = "{value: 0.5 USD/h, date: 2026-03-21, source: T, status: claimed}";
  expect_each(
      "rent", valid_rent,
      {{spot, "@{value: 0.5 USD/h, source: T, status: claimed}", "missing-date"},
       {"date: 2026-03-21", "date: @2026-13", "bad-date"},
       {"date: 2026-03-21", "date: @soon", "bad-date"},
       {spot, "@0.5 USD/h", "missing-source"},
       {"0.5 USD/h", "@0.5 USD", "unit"},
       {"0.5 USD/h", "@0.5", "unit"},
       {"0.5 USD/h", "@1e9 USD/h", "out-of-range"},
       {"[2 USD/h, 3 USD/h]", "@[3 USD/h, 4 USD/h]", "bad-range"},
       {"terms: spot", "terms: @cheap", "unknown-value"},
       {"provider: specialist", "provider: @garage", "unknown-value"},
       {"provider_name: Acme", "@supplier: Acme", "unknown-key"},
       {"gpu_share_of_bill: {value: 0.65", "gpu_share_of_bill: {value: @1.5", "out-of-range"},
       {"kind: rent-prices", "kind: @roofs", "wrong-kind-of-file"}});
  expect_each("api", valid_api,
              {{"until: 2026-09-01", "until: @September", "bad-date"},
               {"longest_prompt: 32768", "longest_prompt: @32k", "number"},
               {"longest_prompt: 32768", "longest_prompt: @0", "out-of-range"},
               {"value: 0.1 USD/Mtok", "value: @0.1 USD/h", "unit"},
               {"cached_input: {value: 0.1", "cached_input: @{value: 0.7", "inconsistent"}});
  expect_each("electricity", valid_electricity,
              {{"0.1872 USD/kWh", "@0.1872 EUR/kWh", "unit"},
               {"0.1872 USD/kWh", "@1872 USD/kWh", "out-of-range"},
               {"residential:", "@household:", "unknown-key"}});
  expect_each(
      "overheads", valid_overheads,
      {{"home: {value: 1.0", "home: {value: @0.9", "out-of-range"},
       {"psu_efficiency: {value: 0.92", "psu_efficiency: {value: @92", "out-of-range"},
       {"{value: 6, source: S, status: claimed}", "@{value: 6, source: S}", "missing-status"},
       {"{value: 6, source: S", "{value: 6, @date: 2026, source: S", "unknown-key"}});
  expect_each("failures", valid_failures,
              {{"{value: 0.3, source", "@{value: 1.5, source", "inconsistent"},
               {"24 h", "@24", "unit"},
               {"early_life: {value: 2", "early_life: {value: @0.5", "out-of-range"}});
}

TEST_CASE("every mistake of a table is told at once", "[catalog]") {
  const Diagnostics problems = problems_of("rent", R"(kind: rent-prices
offers:
  a:
    devices: []
    terms: cheap
    price: {value: 2 USD, date: yesterday, source: S}
  b:
    devices: [card-a]
    terms: spot
    price: {value: 2 USD/h, status: claimed}
discount: 1
)");
  CHECK(codes_and_places(problems) ==
        std::vector<std::string>{"out-of-range 4:14", "unknown-value 5:12", "missing-status 6:12",
                                 "unit 6:20", "bad-date 6:33", "missing-source 10:12",
                                 "missing-date 10:12", "unknown-key 11:1"});
}

TEST_CASE("prices refer to devices, models and sources that exist", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/prices/rent.yaml", replaced(valid_rent, "source: T", "source: U"));
  data.write("hwdb/prices/api.yaml", replaced(valid_api, "model: model-a", "model: model-b"));
  Catalog catalog(data.only());
  Diagnostics problems;
  catalog.check_all(problems);
  CHECK(codes_and_places(problems) ==
        std::vector<std::string>{"unknown-model 6:12", "unknown-source 12:57"});
}

TEST_CASE("prices of devices and systems have a date", "[catalog]") {
  const auto problems_with = [](const std::string& price) {
    const DataFixture data;
    data.write_all();
    data.write("hwdb/systems/box-a.yaml", valid_system + "price: " + price + "\n");
    Catalog catalog(data.only());
    Diagnostics problems;
    const SystemSpec* system = catalog.system("box-a", {}, problems);
    if (system) CHECK(system->price->from.date == "2026-05");
    return codes_and_places(problems);
  };
  CHECK(problems_with("{value: 999 USD, date: 2026-05, source: S, status: claimed}").empty());
  CHECK(problems_with("{value: 999 USD, source: S, status: claimed}") ==
        std::vector<std::string>{"missing-date 12:8"});
}

TEST_CASE("the shipped prices have dates and sources that exist", "[catalog][shipped]") {
  const std::filesystem::path root = PLIMSOLL_SOURCE_DIR;
  Catalog catalog({{.hwdb = root / "hwdb", .models = root / "models"}});
  Diagnostics problems;
  const PriceBook& book = catalog.prices(problems);
  for (const Diagnostic& problem : problems.sorted()) FAIL_CHECK(to_text(problem));
  for (const auto& [id, offer] : book.rent.offers) {
    CAPTURE(id);
    CHECK(parse_date(offer.price.from.date));
    CHECK(catalog.citation(offer.price.from.source) != offer.price.from.source);
  }
  for (const auto& [id, offer] : book.api.offers) {
    CAPTURE(id);
    CHECK(parse_date(offer.input.from.date));
    CHECK(offer.input.value < offer.output.value);
  }
  for (const auto& [id, region] : book.electricity) {
    CAPTURE(id);
    for (const auto& [tariff, price] : region.prices) CHECK(parse_date(price.from.date));
    // Households pay more than industry wherever both are known.
    const auto home = region.prices.find(ElectricityClass::residential);
    const auto industry = region.prices.find(ElectricityClass::industrial);
    if (home != region.prices.end() && industry != region.prices.end())
      CHECK(industry->second.value < home->second.value);
  }
}

}  // namespace
}  // namespace plimsoll
