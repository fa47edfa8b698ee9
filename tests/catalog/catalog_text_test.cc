// What `list` and `show` say about a small database.
#include "report/catalog_text.h"

#include "base/utf8.h"
#include "catalog/codes.h"
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return lines;
}

TEST_CASE("a list shows what one chooses by", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  const auto line = [&](EntryKind kind) {
    const std::vector<std::string> lines = lines_of(list_text(catalog, kind, "", problems));
    REQUIRE(lines.size() == 2);
    return lines[1];
  };
  const std::string device = line(EntryKind::device);
  for (const char* part : {"card-a", "Card A", "80 GiB", "1 TB/s", "100 TFLOP/s"}) {
    INFO(part);
    CHECK(contains(device, part));
  }
  CHECK(contains(line(EntryKind::system), "2x card-a"));
  CHECK(contains(line(EntryKind::system), "64 GiB"));
  CHECK(contains(line(EntryKind::link), "26 GB/s"));
  CHECK(contains(line(EntryKind::quantization), "16 bit"));
  CHECK(contains(line(EntryKind::engine), "cuda"));
  // Layers after the first: windowed, windowed, linear, and so on to eight; heads 8, KV heads 2.
  CHECK(contains(line(EntryKind::model), "GQA 8:2, 5 windowed, 2 linear"));
  CHECK(contains(line(EntryKind::model), "2 of 8"));
  CHECK(problems.empty());
}

TEST_CASE("patterns are parts of names, folded", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(contains(list_text(catalog, EntryKind::device, "ARD-al", problems), "card-a"));
  CHECK(list_text(catalog, EntryKind::device, "beta", problems).empty());
  CHECK(list_json(catalog, EntryKind::device, "beta", problems) == "[]\n");
}

TEST_CASE("parameters of models come from the caller's count", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CatalogTextOptions options;
  options.count_parameters = [](const ModelSpec& model) { return model.hidden * 1e9; };
  CHECK(contains(list_text(catalog, EntryKind::model, "", problems, options), "64 B"));
  CHECK(contains(list_json(catalog, EntryKind::model, "", problems, options),
                 "\"parameters\": 64000000000.0"));
}

TEST_CASE("a broken entry is left out of the list and complained about", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/links/link-b.yaml",
             replaced(replaced(valid_link, "id: link-a", "id: link-b"), "32 GB/s", "32"));
  Catalog catalog(data.only());
  Diagnostics problems;
  const std::string list = list_text(catalog, EntryKind::link, "", problems);
  CHECK(contains(list, "link-a"));
  CHECK_FALSE(contains(list, "link-b"));
  CHECK(codes_and_places(problems) == std::vector<std::string>{"unit 5:14"});
}

TEST_CASE("show prints every figure with its interval, status and citation", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CatalogTextOptions options;
  options.style.width = 120;  // so that no cell is broken
  const std::string text = show_text(catalog, EntryKind::device, "card alpha", problems, options);
  CHECK(problems.empty());
  for (const char* part : {"device card-a", "Card Alpha", "memory bandwidth", "1 TB/s",
                           "900 GB/s to 1.1 TB/s", "datasheet, medium", "measured, medium",
                           "units: gpu GA", "rates fp16 peak", "https://example.org/s: a test"}) {
    INFO(part);
    CHECK(contains(text, part));
  }
}

TEST_CASE("show as JSON has units in its names", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  const std::string json = show_json(catalog, EntryKind::device, "card-a", problems);
  for (const char* part :
       {"\"kind\": \"device\"", "\"id\": \"card-a\"", "\"bandwidth_bytes_per_second\": {",
        "\"value\": 1000000000000.0", "\"low\": 900000000000.0", "\"capacity_bytes\": {",
        "\"low\": null", "\"peak_flop_per_second\": {", "\"status\": \"datasheet\"",
        "\"citation\": \"https://example.org/s: a test\""}) {
    INFO(part);
    CHECK(contains(json, part));
  }
}

TEST_CASE("clusters are listed by their machines and shown with their graph", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/links/wire-a.yaml", valid_wire);
  data.write("hwdb/clusters/rack-a.yaml", valid_cluster);
  Catalog catalog(data.only());
  Diagnostics problems;
  const std::string list = list_text(catalog, EntryKind::cluster, "", problems);
  for (const char* part : {"rack-a", "Rack A", "1x box-a, 3x box-a", "wire-a"}) {
    INFO(list);
    CHECK(contains(list, part));
  }
  const std::string shown = show_text(catalog, EntryKind::cluster, "rack-a", problems);
  for (const char* part : {"head to hub", "worker to hub", "worker, 3 of them", "hub"}) {
    INFO(shown);
    CHECK(contains(shown, part));
  }
  const std::string json = show_json(catalog, EntryKind::cluster, "rack-a", problems);
  for (const char* part : {"\"nodes\"", "\"from\": \"head\"", "\"count\": 3"}) {
    INFO(json);
    CHECK(contains(json, part));
  }
  CHECK(problems.empty());
}

TEST_CASE("show of each kind, on every width", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/links/wire-a.yaml", valid_wire);
  data.write("hwdb/clusters/rack-a.yaml", valid_cluster);
  Catalog catalog(data.only());
  Diagnostics problems;
  for (const EntryKind kind : {EntryKind::device, EntryKind::system, EntryKind::cluster,
                               EntryKind::storage, EntryKind::link, EntryKind::os,
                               EntryKind::engine, EntryKind::quantization, EntryKind::model}) {
    const std::string id = catalog.headers(kind).front().id;
    INFO(id);
    for (const int width : {80, 140}) {
      CatalogTextOptions options;
      options.style.width = width;
      const std::string text = show_text(catalog, kind, id, problems, options);
      CHECK(contains(text, id));
      for (const std::string& line : lines_of(text)) {
        CHECK(display_width(line) <= static_cast<std::size_t>(width));
      }
    }
    CHECK(contains(show_json(catalog, kind, id, problems), "\"id\": \"" + id + "\""));
  }
  CHECK(problems.empty());
}

TEST_CASE("show of what does not exist is a complaint and no text", "[catalog]") {
  const DataFixture data;
  data.write_all();
  Catalog catalog(data.only());
  Diagnostics problems;
  CHECK(show_text(catalog, EntryKind::model, "modal-a", problems).empty());
  CHECK(show_json(catalog, EntryKind::model, "modal-a", problems).empty());
  REQUIRE(problems.sorted().size() == 1);
  CHECK(problems.sorted().front().code == "unknown-model");
  CHECK_FALSE(problems.sorted().front().suggestion.empty());
}

}  // namespace
}  // namespace plimsoll
