// Each kind's reader: what the smallest valid entry becomes, and where the complaint about each
// mistake stands.
#include <limits>

#include "catalog/words.h"
#include "data_fixture.h"
#include "support/catch.h"

namespace plimsoll {
namespace {

// Reads the text as the entry of that kind; every entry of the fixture is called so.
Diagnostics problems_of(EntryKind kind, const std::string& text) {
  static const std::map<EntryKind, std::string> ids = {
      {EntryKind::device, "card-a"},    {EntryKind::system, "box-a"},
      {EntryKind::storage, "drive-a"},  {EntryKind::link, "link-a"},
      {EntryKind::os, "os-a"},          {EntryKind::engine, "engine-a"},
      {EntryKind::quantization, "q-a"}, {EntryKind::model, "model-a"},
      {EntryKind::cluster, "rack-a"}};
  const DataFixture data;
  const std::string id = ids.at(kind);
  const std::string folder =
      kind == EntryKind::model ? "models/" : "hwdb/" + std::string(plural(kind)) + "/";
  data.write(folder + id + ".yaml", text);
  Catalog catalog(data.only());
  Diagnostics problems;
  switch (kind) {
    case EntryKind::device:
      catalog.device(id, {}, problems);
      break;
    case EntryKind::system:
      catalog.system(id, {}, problems);
      break;
    case EntryKind::cluster:
      catalog.cluster(id, {}, problems);
      break;
    case EntryKind::storage:
      catalog.storage(id, {}, problems);
      break;
    case EntryKind::link:
      catalog.link(id, {}, problems);
      break;
    case EntryKind::os:
      catalog.os(id, {}, problems);
      break;
    case EntryKind::engine:
      catalog.engine(id, {}, problems);
      break;
    case EntryKind::quantization:
      catalog.quantization(id, {}, problems);
      break;
    case EntryKind::model:
      catalog.model(id, {}, problems);
      break;
  }
  return problems;
}

void expect_each(EntryKind kind, const std::string& valid, const std::vector<Mistake>& mistakes) {
  CHECK(codes_and_places(problems_of(kind, valid)).empty());
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.from << " -> " << mistake.to);
    const MarkedText marked(replaced(valid, mistake.from, mistake.to));
    const std::string expected =
        mistake.code + " " + std::to_string(marked.line) + ":" + std::to_string(marked.column);
    CHECK(codes_and_places(problems_of(kind, marked.text)) == std::vector<std::string>{expected});
  }
}

TEST_CASE("a figure without source or status is refused, wherever it stands", "[catalog]") {
  expect_each(EntryKind::link, valid_link,
              {{"{value: 32 GB/s, source: S, status: datasheet}",
                "@{value: 32 GB/s, status: datasheet}", "missing-source"},
               {"{value: 32 GB/s, source: S, status: datasheet}", "@{value: 32 GB/s, source: S}",
                "missing-status"},
               {"{value: 32 GB/s, source: S, status: datasheet}", "@32 GB/s", "missing-source"},
               {"{value: 32 GB/s, source: S, status: datasheet}", "@[32 GB/s]", "wrong-kind"},
               {"status: datasheet", "status: @guessed", "unknown-value"},
               {"status: datasheet", "status: datasheet, confidence: @sure", "unknown-value"},
               {"status: datasheet", "status: datasheet, @note: x", "unknown-key"}});
}

TEST_CASE("values and ranges of figures", "[catalog]") {
  expect_each(EntryKind::link, valid_link,
              {{"32 GB/s", "@32 GB", "unit"},
               {"32 GB/s", "@32", "unit"},
               {"32 GB/s", "@.nan", "unit"},
               {"32 GB/s", "@-32 GB/s", "out-of-range"},
               {"32 GB/s", "@1e30 GB/s", "out-of-range"},
               {"value: 26 GB/s", "value: 26 GB/s, range: @[27 GB/s, 28 GB/s]", "bad-range"},
               {"value: 26 GB/s", "value: 26 GB/s, range: @[20 GB/s, 25 GB/s]", "bad-range"},
               {"value: 26 GB/s", "value: 26 GB/s, range: @[30 GB/s, 20 GB/s]", "bad-range"},
               {"value: 26 GB/s", "value: 26 GB/s, range: @[20 GB/s]", "bad-range"},
               {"value: 26 GB/s", "value: 26 GB/s, range: [@20, 30 GB/s]", "unit"},
               {"{value: 26 GB/s", "@{value: 33 GB/s", "inconsistent"}});
}

TEST_CASE("a range that meets its value is kept", "[catalog]") {
  const std::string text =
      replaced(valid_link, "value: 26 GB/s", "value: 26 GB/s, range: [26 GB/s, 32 GB/s]");
  const DataFixture data;
  data.write("hwdb/links/link-a.yaml", text);
  Catalog catalog(data.only());
  Diagnostics problems;
  const LinkSpec* link = catalog.link("link-a", {}, problems);
  REQUIRE(link != nullptr);
  CHECK(link->reached.low->base() == 26e9);
  CHECK(link->reached.high->base() == 32e9);
  CHECK(link->reached.from.source == "S");
  CHECK(link->reached.from.status == FigureStatus::measured);
  CHECK(link->reached.from.confidence == Confidence::medium);
  CHECK(link->reached.from.place.line == 6);  // sixth line of valid_link
}

TEST_CASE("links", "[catalog]") {
  expect_each(EntryKind::link, valid_link,
              {{"inside_host", "@somewhere", "unknown-value"},
               {"2 us", "@2 GB", "unit"},
               {"2 us", "@20 s", "out-of-range"},
               {"full_duplex: true", "full_duplex: @yes", "wrong-kind"},
               {"full_duplex: true", "medium: @air", "unknown-value"},
               {"full_duplex: true", "forwarded: @maybe", "wrong-kind"},
               {"full_duplex: true", "jitter: @{value: 1 us, source: S}", "missing-status"},
               {"full_duplex: true", "message_cost: {value: @-1 us, source: S, status: measured}",
                "out-of-range"}});
}

TEST_CASE("devices", "[catalog]") {
  const std::string peak = "peak: {value: 100 TFLOP/s, source: S, status: datasheet}";
  expect_each(EntryKind::device, valid_device,
              {{"kind: device", "kind: @model", "wrong-kind-of-file"},
               {"id: card-a", "id: @card-b", "id-mismatch"},
               {"id: card-a", "id: @card a", "bad-id"},
               {"form: card", "form: @stick", "unknown-value"},
               {"host_link: link-a",
                "host_link: link-a\nunlimited_power: {value: @0 W, source: S, status: claimed}",
                "out-of-range"},
               {"host_link: link-a",
                "host_link: link-a\nreading_power: {value: @0 W, source: S, status: claimed}",
                "out-of-range"},
               {"cores: 100", "cores: @0", "out-of-range"},
               {"cores: 100", "cores: @1e30", "number"},
               {"      fp16: {", "      @fp17: {", "unknown-key"},
               {"value: 80 GiB", "value: @-80 GiB", "out-of-range"},
               {"{value: 1 TB/s, range: [0.9 TB/s, 1.1 TB/s],", "@{value: 2 TB/s,", "inconsistent"},
               {peak, peak + ", reached: @{value: 106 TFLOP/s, source: S, status: measured}",
                "inconsistent"},
               {"backends: [cuda]", "backends: @[]", "out-of-range"}});
}

TEST_CASE("a card has memory of its own and a link to its host", "[catalog]") {
  const std::string link = "host_link: link-a\n";
  const MarkedText without_link(
      replaced(replaced(valid_device, link, ""), "form: card", "form: @card"));
  CHECK(without_link.line == 8);
  CHECK(codes_and_places(problems_of(EntryKind::device, without_link.text)) ==
        std::vector<std::string>{"inconsistent 8:" + std::to_string(without_link.column)});
  CHECK(problems_of(EntryKind::device, replaced(without_link.text, "form: card", "form: soc"))
            .empty());
  const std::string capacity = "  capacity: {value: 80 GiB, source: S, status: datasheet}\n";
  const MarkedText without_memory(
      replaced(replaced(valid_device, capacity, ""), "memory:\n", "@memory:\n"));
  CHECK(codes_and_places(problems_of(EntryKind::device, without_memory.text)) ==
        std::vector<std::string>{"inconsistent " + std::to_string(without_memory.line) + ":1"});
}

TEST_CASE("measured memory bandwidth stays below the peak", "[catalog]") {
  // 1 TB/s peak; 5 % are granted to rounded datasheets.
  const auto reached = [](const std::string& rate) {
    return problems_of(EntryKind::device,
                       replaced(valid_device, "0.9 TB/s, source", rate + ", source"));
  };
  CHECK(reached("1.04 TB/s").empty());
  CHECK(codes_and_places(reached("1.06 TB/s")) == std::vector<std::string>{"inconsistent 10:1"});
}

TEST_CASE("systems", "[catalog]") {
  expect_each(EntryKind::system, valid_system,
              {{"count: 2", "count: @0", "out-of-range"},
               {"count: 2", "@cuont: 2", "unknown-key"},
               {"memory: 64 GiB", "memory: @64", "unit"},
               {"memory: 64 GiB", "memory: @64 B", "out-of-range"},
               {"size: 1 TB", "size: @-1 TB", "out-of-range"},
               {"host: {memory: 64 GiB}", "host: @{sockets: 1}", "missing-key"}});
  const MarkedText idle(replaced(
      replaced(valid_system, "parts:\n  - {device: card-a, count: 2, peer_link: link-a}\n", ""),
      "host: {", "host: @{"));
  CHECK(codes_and_places(problems_of(EntryKind::system, idle.text)) ==
        std::vector<std::string>{"inconsistent " + std::to_string(idle.line) + ":7"});
}

TEST_CASE("ports are names of links, or also say how many there are", "[catalog]") {
  const std::string ports = "ports: [link-a]";
  expect_each(EntryKind::system, valid_system,
              {{ports, "ports: [{link: link-a, count: @0}]", "out-of-range"},
               {ports, "ports: [@{count: 2}]", "missing-key"},
               {ports, "ports: [@[link-a]]", "wrong-kind"},
               {ports, "ports: [{link: link-a, @speed: 2}]", "unknown-key"}});
  const DataFixture data;
  data.write("hwdb/systems/box-a.yaml",
             replaced(valid_system, ports, "ports: [link-b, {link: link-a, count: 3}]"));
  Catalog catalog(data.only());
  Diagnostics problems;
  const SystemSpec* system = catalog.system("box-a", {}, problems);
  REQUIRE(system != nullptr);
  REQUIRE(system->ports.size() == 2);
  CHECK(system->ports[0].link == "link-b");
  CHECK(system->ports[0].count == 0);
  CHECK(system->ports[1].link == "link-a");
  CHECK(system->ports[1].count == 3);
}

TEST_CASE("what a link says beyond its rates", "[catalog]") {
  const auto read = [](const std::string& more) {
    const DataFixture data;
    data.write("hwdb/links/link-a.yaml", replaced(valid_link, "full_duplex: true\n", more));
    Catalog catalog(data.only());
    Diagnostics problems;
    const LinkSpec* link = catalog.link("link-a", {}, problems);
    REQUIRE(link != nullptr);
    return *link;
  };
  CHECK(read("").medium == LinkMedium::switched);
  CHECK(read("").forwarded);
  CHECK_FALSE(read("").jitter);
  const LinkSpec link = read(
      "medium: cable\nforwarded: false\njitter: {value: 3 us, source: S, status: measured}\n"
      "message_cost: {value: 4 us, source: S, status: measured}\n");
  CHECK(link.medium == LinkMedium::cable);
  CHECK_FALSE(link.forwarded);
  CHECK(link.jitter->value.base() == 3e-6);
  CHECK(link.message_cost->value.base() == 4e-6);
}

TEST_CASE("clusters", "[catalog]") {
  const std::string worker = "{id: worker, system: box-a, count: 3}";
  const std::string uplink = "{from: worker, to: hub, link: wire-a}";
  expect_each(
      EntryKind::cluster, valid_cluster,
      {{"count: 3", "count: @0", "out-of-range"},
       {"count: 3", "count: @10001", "out-of-range"},
       {worker, "{id: @my worker, system: box-a}", "bad-id"},
       {worker, "@{id: worker}", "missing-key"},
       {worker, "{id: worker, system: box-a, @cuont: 3}", "unknown-key"},
       {"{id: hub}", "{id: hub, capacity: @8 Gbit/s}", "missing-source"},
       {"{id: hub}", "@{latency: {value: 1 us, source: S, status: measured}}", "missing-key"},
       {uplink, "@{from: worker, link: wire-a}", "missing-key"},
       {uplink, "@{from: worker, to: hub}", "missing-key"},
       {uplink, "{from: worker, to: hub, link: wire-a, count: @0}", "out-of-range"},
       {uplink, "{from: worker, to: hub, topology: @ring, link: wire-a}", "inconsistent"},
       {uplink, "@{among: [worker], link: wire-a}", "missing-key"},
       {uplink, "{among: @[], topology: ring, link: wire-a}", "out-of-range"},
       {uplink, "{among: [worker], topology: @tree, link: wire-a}", "unknown-value"},
       {uplink, "{among: [worker], topology: ring, to: @hub, link: wire-a}", "inconsistent"}});
  CHECK(codes_and_places(
            problems_of(EntryKind::cluster, "kind: cluster\nid: rack-a\nname: Rack A\n")) ==
        std::vector<std::string>{"missing-key 1:1"});
}

TEST_CASE("storage and operating systems", "[catalog]") {
  expect_each(EntryKind::storage, valid_storage,
              {{"queue_depth: 1", "queue_depth: @0", "out-of-range"},
               {"7 GB/s", "@7 GB", "unit"},
               {"block: 256 KiB", "block: @0 KiB", "out-of-range"}});
  expect_each(
      EntryKind::os, valid_os,
      {{"value: 0.7", "value: @1.7", "out-of-range"},
       {"value: 0.7", "value: @.nan", "number"},
       {"gpu_shares:\n  - {up_to: 16 GiB", "@gpu_shares:\n  - {up_to: 64 GiB", "inconsistent"},
       {"value: 4 GiB", "value: @4 B", "out-of-range"}});
}

TEST_CASE("engines", "[catalog]") {
  expect_each(
      EntryKind::engine, valid_engine,
      {{"kv_formats: [F16]", "kv_formats: @[]", "out-of-range"},
       {"[layer_split]", "[@layer_splat]", "unknown-value"},
       {"fused: [activation, norm]", "fused: [activation, @nrom]", "unknown-value"},
       {"    bandwidth: {default: {value: 0.8, source: S, status: fitted}, kquant:",
        "    bandwidth: @{kquant:", "missing-key"},
       {"precisions: [fp16]", "precisions: [@fp99]", "unknown-value"},
       {"half_rows: 32", "half_rows: @-1", "out-of-range"},
       {"half_rows: 32", "half_rows: 32, tile: {rows: @0, outputs: 128}", "out-of-range"},
       {"half_rows: 32", "half_rows: 32, tile: @{rows: 128}", "missing-key"},
       {"half_rows: 32", "half_rows: 32, tile: {rows: 1, @output: 1, outputs: 1}", "unknown-key"},
       {"half_rows: 32", "half_rows: 32, rows_at_once: @0", "out-of-range"},
       {"    matrix:",
        "    expert_kernels: {architectures: @[], families: [q], choice_tokens: 1}\n    matrix:",
        "out-of-range"},
       {"    matrix:", "    expert_kernels: @{families: [q], choice_tokens: 1}\n    matrix:",
        "missing-key"},
       {"    matrix:", "    pairwise_experts: {tokens: @0}\n    matrix:", "out-of-range"},
       {"    matrix:", "    pairwise_experts: {@pairs: 4}\n    matrix:", "unknown-key"},
       {"prefill_chunk: 512", "prefill_chunk: @0", "out-of-range"},
       {"source: S\nbackends", "releases: {\"0.6\": @soon}\nsource: S\nbackends", "bad-date"},
       {"value: 0.15", "value: @15", "out-of-range"}});
}

TEST_CASE("eras of an engine", "[catalog]") {
  const auto expect = [&](const std::string& eras, const std::string& code) {
    expect_each(EntryKind::engine, valid_engine,
                {{"source: S\nbackends", "eras: " + eras + "\nsource: S\nbackends", code}});
  };
  expect("[{before: @soon, source: S}]", "bad-date");
  expect("[@{before: 2024-01}]", "missing-key");
  expect("[{before: 2024-01, split: @piles, source: S}]", "unknown-value");
  expect("@[{before: 2024-06, source: S}, {before: 2024-01, source: S}]", "inconsistent");
  EngineSpec engine;
  engine.eras = {{.before = {.year = 2024, .month = 1}}, {.before = {.year = 2024, .month = 6}}};
  CHECK(era_of(engine, {.year = 2023}) == &engine.eras[0]);
  CHECK(era_of(engine, {.year = 2024, .month = 1}) == &engine.eras[1]);
  CHECK(era_of(engine, {.year = 2024, .month = 6, .day = 1}) == nullptr);
  engine.eras[0].backends = {"rocm"};
  CHECK(era_of(engine, {.year = 2023}) == &engine.eras[1]);
  CHECK(era_of(engine, {.year = 2023}, "cuda") == &engine.eras[1]);
  CHECK(era_of(engine, {.year = 2023}, "rocm") == &engine.eras[0]);
  CHECK(era_of(engine, {.year = 2024, .month = 5}, "rocm") == nullptr);
}

TEST_CASE("engines on several machines", "[catalog]") {
  const std::string source = "source: S\nbackends";
  const auto remote = [&](const std::string& block) {
    return Mistake{source, block + "\n" + source, {}};
  };
  const std::string hop = "hop_overhead: {value: 1 ms, source: S, status: measured}";
  const auto expect = [&](const std::string& block, const std::string& code) {
    Mistake mistake = remote(block);
    mistake.code = code;
    expect_each(EntryKind::engine, valid_engine, {mistake});
  };
  expect("remote: @{parallelism: [layer_split]}", "missing-key");  // hop_overhead
  expect("remote: {parallelism: @[], " + hop + "}", "out-of-range");
  expect("remote: @{parallelism: [layer_split, pipeline_parallel], " + hop + "}", "inconsistent");
  expect("remote: {parallelism: [layer_split], through_first: @1, " + hop + "}", "wrong-kind");
  expect("remote: {parallelism: [layer_split], @latency: 1, " + hop + "}", "unknown-key");
  expect("collectives: @[]", "out-of-range");
  expect("collectives: [ring, @mesh]", "unknown-value");
  // Matrices split over machines meet in collectives.
  const std::string tensor = replaced(valid_engine, "[layer_split]", "[tensor_parallel]");
  const MarkedText split(
      replaced(tensor, source, "remote: @{parallelism: [tensor_parallel]}\n" + source));
  CHECK(codes_and_places(problems_of(EntryKind::engine, split.text)) ==
        std::vector<std::string>{"missing-key " + std::to_string(split.line) + ":" +
                                 std::to_string(split.column)});
}

TEST_CASE("what an engine says about several machines", "[catalog]") {
  const auto read = [](const std::string& more) {
    const DataFixture data;
    data.write("hwdb/engines/engine-a.yaml",
               replaced(valid_engine, "source: S\nbackends", more + "source: S\nbackends"));
    Catalog catalog(data.only());
    Diagnostics problems;
    const EngineSpec* engine = catalog.engine("engine-a", {}, problems);
    REQUIRE(engine != nullptr);
    return *engine;
  };
  using Algorithms = std::vector<CollectiveAlgorithm>;
  CHECK_FALSE(read("").remote);
  CHECK(read("").collectives == Algorithms{CollectiveAlgorithm::ring, CollectiveAlgorithm::direct});
  const EngineSpec engine = read(
      "collectives: [two_level, star, tree]\n"
      "remote:\n  parallelism: [layer_split]\n  through_first: true\n  overlaps_chunks: true\n"
      "  hop_overhead: {value: 1 ms, source: S, status: measured}\n"
      "  start_command: \"rpc-server {port}\"\n");
  CHECK(engine.collectives == Algorithms{CollectiveAlgorithm::two_level, CollectiveAlgorithm::star,
                                         CollectiveAlgorithm::tree});
  REQUIRE(engine.remote);
  CHECK(engine.remote->parallelism == std::vector<Parallelism>{Parallelism::layer_split});
  CHECK(engine.remote->through_first);
  CHECK(engine.remote->overlaps_chunks);
  CHECK(engine.remote->hop_overhead.value.base() == 1e-3);
  CHECK(engine.remote->collective_overhead.value.base() == 0.0);
  CHECK(engine.remote->start_command == "rpc-server {port}");
}

// valid_engine up to its backends, as another engine that runs somebody's kernels.
std::string borrowing_engine(const std::string& id, const std::string& owner) {
  const std::string head = valid_engine.substr(0, valid_engine.find("backends:"));
  return replaced(replaced(head, "id: engine-a", "id: " + id), "name: Engine A", "name: " + id) +
         "kernels_of: " + owner + "\n";
}

TEST_CASE("an engine may run the kernels of another", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/engines/b.yaml", borrowing_engine("b", "engine-a"));
  Catalog catalog(data.only());
  Diagnostics problems;
  const EngineSpec* borrower = catalog.engine("b", {}, problems);
  REQUIRE(borrower != nullptr);
  CHECK(borrower->kernels_of == "engine-a");
  REQUIRE(borrower->backends.size() == 1);
  CHECK(borrower->backends[0].id == "cuda");
  catalog.check_all(problems);
  CHECK(codes_and_places(problems).empty());
}

TEST_CASE("borrowed kernels may be fewer and less certain", "[catalog]") {
  const std::string second = "  - id: rocm\n" + valid_engine.substr(valid_engine.find("    unit:"));
  const auto borrow = [&](const std::string& more) {
    const DataFixture data;
    data.write_all();
    data.write("hwdb/engines/engine-a.yaml", valid_engine + second);
    data.write("hwdb/engines/b.yaml", borrowing_engine("b", "engine-a") + more);
    Catalog catalog(data.only());
    Diagnostics problems;
    const EngineSpec* engine = catalog.engine("b", {}, problems);
    std::string told = engine ? "" : problems.sorted().front().code;
    for (const BackendSpec& backend : engine ? engine->backends : std::vector<BackendSpec>{})
      told += backend.id + " " + std::to_string(backend.decode_spread.value).substr(0, 4) +
              (backend.captured_graph ? "" : " eager") + (backend.expert_kernels ? " few" : "") +
              (backend.fused.empty() ? " bare;" : ";");
    return told;
  };
  CHECK(borrow("") == "cuda 0.15;rocm 0.15;");
  CHECK(borrow("captured_graph: false\n") == "cuda 0.15 eager;rocm 0.15 eager;");
  CHECK(borrow("fused: []\n") == "cuda 0.15 bare;rocm 0.15 bare;");
  CHECK(borrow("expert_kernels: {architectures: [a], families: [q], choice_tokens: 1}\n") ==
        "cuda 0.15 few;rocm 0.15 few;");
  CHECK(borrow("borrowed_backends: [rocm]\n") == "rocm 0.15;");
  CHECK(borrow("decode_spread: {value: 0.42, source: S, status: measured}\n") ==
        "cuda 0.42;rocm 0.42;");
  CHECK(borrow("borrowed_backends: [metal]\n") == "inconsistent");
  CHECK(borrow("borrowed_backends: []\n") == "out-of-range");
  // They say nothing about kernels of its own.
  expect_each(
      EntryKind::engine, valid_engine,
      {{"source: S\nbackends", "borrowed_backends: @[cuda]\nsource: S\nbackends", "inconsistent"},
       {"source: S\nbackends", "captured_graph: @true\nsource: S\nbackends", "inconsistent"},
       {"source: S\nbackends", "os: @[]\nsource: S\nbackends", "out-of-range"}});
}

TEST_CASE("operating systems and the programs and backends they run", "[catalog]") {
  const DataFixture data;
  data.write("hwdb/os/os-b.yaml",
             replaced(replaced(valid_os, "id: os-a", "id: os-b"), "OS A", "B") +
                 "programs_of: os-a\ndrivers: {cuda: driver 1, cpu: none}\n"
                 "gpu_spill:\n"
                 "  share: {value: 0.5, source: S, status: measured}\n"
                 "  turn_off: the switch\n");
  Catalog catalog(data.only());
  Diagnostics problems;
  const OsSpec* os = catalog.os("os-b", {}, problems);
  REQUIRE(os != nullptr);
  CHECK(runs_programs_for(*os, {}));
  CHECK(runs_programs_for(*os, {"os-b"}));
  CHECK(runs_programs_for(*os, {"os-c", "os-a"}));
  CHECK_FALSE(runs_programs_for(*os, {"os-c"}));
  CHECK(has_backend(*os, "cuda"));
  CHECK_FALSE(has_backend(*os, "metal"));
  CHECK(os->drivers.at("cuda") == "driver 1");
  REQUIRE(os->gpu_spill);
  CHECK(os->gpu_spill->share.value == 0.5);
  CHECK(os->gpu_spill->turn_off == "the switch");
  CHECK(has_backend(OsSpec{}, "metal"));  // nothing is known of its drivers
}

TEST_CASE("kernels are those of an engine that has some", "[catalog]") {
  const std::string at_owner = " 16:13";  // the value of kernels_of, behind 15 lines
  const auto problems_with = [](const std::string& owner, const std::string& more = {}) {
    const DataFixture data;
    data.write_all();
    data.write("hwdb/engines/b.yaml", borrowing_engine("b", owner) + more);
    data.write("hwdb/engines/c.yaml", borrowing_engine("c", "b"));
    Catalog catalog(data.only());
    Diagnostics problems;
    CHECK(catalog.engine("b", {}, problems) == nullptr);
    return codes_and_places(problems);
  };
  CHECK(problems_with("nobody") == std::vector<std::string>{"unknown-engine" + at_owner});
  CHECK(problems_with("b") == std::vector<std::string>{"inconsistent" + at_owner});
  // In a circle: c runs the kernels of b. Both are told, one in each file.
  CHECK(problems_with("c").size() == 1);
  CHECK(problems_with("engine-a", "backends: []\n") ==
        std::vector<std::string>{"inconsistent 17:11"});
}

TEST_CASE("quantizations", "[catalog]") {
  expect_each(EntryKind::quantization, valid_quantization,
              {{"layers: first n/8", "layers: @first n/0", "unknown-value"},
               {"layers: first n/8", "layers: @last 2", "unknown-value"},
               {"layers: first n/8", "layers: @first -2", "unknown-value"},
               {"tensors: [output]", "tensors: [@ouput]", "unknown-value"},
               {"tensors: [output]", "tensors: @[]", "out-of-range"},
               {"experts: 8", "experts: @0", "out-of-range"},
               {"recipe: exact", "recipe: @rough", "unknown-value"},
               {"nominal_bits: 16", "nominal_bits: @0", "out-of-range"}});
}

TEST_CASE("layer selectors of quantization rules", "[catalog]") {
  const auto selector = [](const std::string& text) {
    const DataFixture data;
    data.write("hwdb/quantizations/q-a.yaml", replaced(valid_quantization, "first n/8", text));
    Catalog catalog(data.only());
    Diagnostics problems;
    const QuantizationSpec* spec = catalog.quantization("q-a", {}, problems);
    REQUIRE(spec != nullptr);
    return spec->rules.at(1);
  };
  CHECK(selector("first n/8").first_divisor == 8);
  CHECK(selector("first n/8").first_count == 0);
  CHECK(selector("first 2").first_count == 2);
  CHECK(selector("first 2").first_divisor == 0);
  CHECK(selector("first 2").selector == LayerSelector::first);
  CHECK(selector("more").selector == LayerSelector::more);
  CHECK(selector("middle").selector == LayerSelector::middle);
  CHECK(selector("all").selector == LayerSelector::all);
  CHECK(selector("all").when.experts == 8);
  CHECK(selector("all").when.current == "F16");
}

TEST_CASE("models", "[catalog]") {
  expect_each(
      EntryKind::model, valid_model,
      {{"hidden: 64", "hidden: @-64", "out-of-range"},
       {"hidden: 64", "hidden: @1000001", "out-of-range"},
       {"hidden: 64", "hidden: @1e30", "number"},
       {"hidden: 64", "hidden: @.nan", "number"},
       {"hidden: 64\n", "@hiden: 64\nhidden: 64\n", "unknown-key"},
       {"vocab: 1000", "vocab: @10000001", "out-of-range"},
       {"max_context: 4096", "max_context: @1000000001", "out-of-range"},
       {"count: 8", "count: @1001", "out-of-range"},
       {"kv_heads: 2", "kv_heads: @3", "inconsistent"},
       {"kv_heads: 2", "kv_heads: @0", "out-of-range"},
       {"kv_heads: 2", "kv_heads: 2, full_layers: {kv_heads: @3, head_dim: 32}", "inconsistent"},
       {"kv_heads: 2", "kv_heads: 2, full_layers: {kv_heads: @0, head_dim: 32}", "out-of-range"},
       {"kind: gqa", "kind: @gqaa", "unknown-value"},
       {"v_heads: 4", "v_heads: @3", "inconsistent"},
       {"experts_per_token: 2", "experts_per_token: @9", "inconsistent"},
       {"experts: 8", "experts: @65537", "out-of-range"},
       {"expert_width: 128", "expert_width: 128, shared_gate: @true", "inconsistent"},
       {"{attention: full, ffn: dense}", "{attention: full, ffn: @fat}", "unknown-value"},
       {"times: 2", "times: @0", "out-of-range"}});
}

TEST_CASE("layers of a model are the leading ones and then the pattern over and over",
          "[catalog]") {
  const DataFixture data;
  data.write("models/model-a.yaml", valid_model);
  Catalog catalog(data.only());
  Diagnostics problems;
  const ModelSpec* model = catalog.model("model-a", {}, problems);
  REQUIRE(model != nullptr);
  const LayerSpec lead{LayerAttention::full, LayerFfn::dense};
  const LayerSpec windowed{LayerAttention::windowed, LayerFfn::moe};
  const LayerSpec linear{LayerAttention::linear, LayerFfn::moe};
  // One leading layer leaves seven: the pattern of three twice, and its first once more.
  CHECK(model->layers == std::vector<LayerSpec>{lead, windowed, windowed, linear, windowed,
                                                windowed, linear, windowed});
}

TEST_CASE("layers and the parts they need must agree", "[catalog]") {
  // All layers full and dense: window, linear and moe describe nothing, and each says so at its own
  // place.
  const std::string plain = "layers: {count: 8, pattern: [{attention: full, ffn: dense}]}\n";
  const std::string text = valid_model.substr(0, valid_model.find("layers:")) + plain;
  CHECK(codes_and_places(problems_of(EntryKind::model, text)) ==
        std::vector<std::string>{"inconsistent 12:9", "inconsistent 13:9", "inconsistent 15:6"});
  // Without the parts that its layers use: once for each, at the layers.
  std::string bare = valid_model;
  for (const std::string part : {"window: 128\n", "ffn: {width: 256}\n"}) {
    bare = replaced(bare, part, "");
  }
  Diagnostics problems = problems_of(EntryKind::model, bare);
  REQUIRE(problems.sorted().size() == 2);
  for (const Diagnostic& problem : problems.sorted()) {
    CHECK(problem.code == "inconsistent");
    CHECK(problem.place.line == 14);  // two lines less above "layers:"
  }
}

TEST_CASE("compressed attention and the layers that have it must agree", "[catalog]") {
  const auto problems = [](const std::string& attention, const std::string& layers) {
    const std::string head = valid_model.substr(0, valid_model.find("attention:"));
    const std::string text = head + "attention: {kind: " + attention +
                             "}\nwindow: 128\nffn: {width: 256}\nlayers: {count: 4, pattern: [" +
                             layers + "]}\n";
    return codes_and_places(problems_of(EntryKind::model, text));
  };
  const std::string compressed =
      "compressed, heads: 4, head_dim: 32, q_lora_rank: 16, rope_dim: 8, output_groups: 2, "
      "output_lora_rank: 8";
  const std::string sparse = ", sparse_tokens: 4, indexer: {heads: 2, head_dim: 16, top_k: 8}";
  const std::string of_sparse = "{attention: compressed_sparse, ffn: dense}";
  const std::string of_heavy = "{attention: heavily_compressed, ffn: dense}";
  const std::string of_window = "{attention: windowed, ffn: dense}";
  CHECK(problems(compressed + sparse + ", heavy_tokens: 128", of_sparse + ", " + of_heavy).empty());
  CHECK(problems(compressed, of_window).empty());
  // Neither the tokens of an entry nor an indexer; then tokens of entries that nobody has; then
  // layers that see everything.
  CHECK(problems(compressed, of_sparse).size() == 2);
  CHECK(problems(compressed, of_heavy).size() == 1);
  CHECK(problems(compressed + ", heavy_tokens: 128", of_window).size() == 1);
  CHECK(problems(compressed, of_window + ", {attention: full, ffn: dense}").size() == 1);
  CHECK(problems("gqa, heads: 4, kv_heads: 2, head_dim: 32", of_heavy).size() == 1);
  const std::string three_groups = replaced(compressed, "output_groups: 2", "output_groups: 3");
  CHECK(problems(three_groups, of_window).size() == 1);
}

TEST_CASE("patterns longer than the model", "[catalog]") {
  const auto codes = [](const std::string& count) {
    return codes_and_places(
        problems_of(EntryKind::model, replaced(valid_model, "count: 8", "count: " + count)));
  };
  CHECK(codes("4").empty());  // one leading and the pattern of three
  CHECK(codes("3") == std::vector<std::string>{"inconsistent 19:3"});
}

TEST_CASE("all problems of a file come at once", "[catalog]") {
  std::string text = replaced(valid_model, "hidden: 64", "hidden: big");
  text = replaced(text, "kv_heads: 2", "kv_heads: 3");
  text = replaced(text, "vocab: 1000\n", "");
  text += "colour: red\n";
  const Diagnostics problems = problems_of(EntryKind::model, text);
  std::vector<std::string> codes;
  for (const Diagnostic& problem : problems.sorted()) codes.push_back(problem.code);
  CHECK(codes == std::vector<std::string>{"missing-key", "number", "inconsistent", "unknown-key"});
}

TEST_CASE("cached reads and what a drive's writes cost a device", "[catalog]") {
  const std::string end = "host_link: link-a\n";
  const std::string valid =
      replaced(valid_device, end,
               end +
                   "cached_reads:\n"
                   "  - {threads: 1, rate: {value: 20 GB/s, source: S, status: measured}}\n"
                   "  - {threads: 4, rate: {value: 45 GB/s, source: S, status: measured}}\n"
                   "dma_slowdown: {value: 53, range: [17, 83], source: S, status: measured}\n");
  expect_each(
      EntryKind::device, valid,
      {{"threads: 1", "threads: @0", "out-of-range"},
       {"{threads: 1, ", "@{", "missing-key"},
       {"value: 20 GB/s", "value: @20 GB", "unit"},
       {"rate: {value: 45 GB/s, source: S, ", "rate: @{value: 45 GB/s, ", "missing-source"},
       {"cached_reads:\n  - {threads: 1", "@cached_reads:\n  - {threads: 4", "inconsistent"},
       {"value: 53", "value: @53 us", "number"},
       {"value: 53", "value: @-1", "out-of-range"},
       {"[17, 83]", "@[83, 17]", "bad-range"}});
}

const std::string page_cache_section = R"(page_cache:
  policy: two_list
  page: 4 KiB
  read_ahead: {value: 128 KiB, range: [4 KiB, 256 KiB], source: S, status: datasheet}
  major_fault: {value: 10 us, source: S, status: measured}
  minor_fault: {value: 0.2 us, source: S, status: measured}
  command: 512 KiB
  read_call: {value: 46 us, source: S, status: measured}
  free_share: {value: 0.003, source: S, status: datasheet}
  file_floor: {value: 0, source: S, status: claimed}
  compression: {value: 1.2, source: S, status: measured}
  decompression: {value: 4 us, source: S, status: measured}
)";

TEST_CASE("what an operating system does with files", "[catalog]") {
  const std::string share = "free_share: {value: 0.003";
  expect_each(
      EntryKind::os, valid_os + page_cache_section,
      {{"policy: two_list", "policy: @fifo", "unknown-value"},
       {"policy: two_list", "policy: @pinned", "inconsistent"},
       {"policy: two_list\n  page: 4 KiB", "policy: lru\n  page: @4", "unit"},
       {"  command: 512", "  @colour: red\n  command: 512", "unknown-key"},
       {"value: 10 us", "value: @10 KiB", "unit"},
       {"read_call: {value: 46 us, source: S,", "read_call: @{value: 46 us,", "missing-source"},
       {"[4 KiB, 256 KiB]", "@[256 KiB, 4 KiB]", "bad-range"},
       {"[4 KiB, 256 KiB]", "@[4 KiB]", "bad-range"},
       {share, "free_share: {value: @1.5", "out-of-range"},
       {share, "free_share: {value: @-0.1", "out-of-range"},
       {"command: 512 KiB", "command: @2 KiB", "inconsistent"},
       {"{value: 128 KiB, range: [4 KiB, 256 KiB]", "@{value: 2 KiB", "inconsistent"},
       {"value: 1.2", "value: @0.9", "out-of-range"}});
}

TEST_CASE("a page cache needs all its figures, a compressor both", "[catalog]") {
  const auto codes = [](const std::string& line) {
    std::vector<std::string> result;
    const std::string text = replaced(valid_os + page_cache_section, line, "");
    for (const Diagnostic& problem : problems_of(EntryKind::os, text).sorted())
      result.push_back(problem.code);
    return result;
  };
  CHECK(codes("  command: 512 KiB\n") == std::vector<std::string>{"missing-key"});
  CHECK(codes("  compression: {value: 1.2, source: S, status: measured}\n") ==
        std::vector<std::string>{"inconsistent"});
  CHECK(codes("  decompression: {value: 4 us, source: S, status: measured}\n") ==
        std::vector<std::string>{"inconsistent"});
}

const std::string thermal_section = R"(thermal:
  chip_capacity: {value: 3, source: S, status: claimed}
  chip_resistance: {value: 6, source: S, status: claimed}
  chip_limit: {value: 95, range: [85, 105], source: S, status: claimed}
  body_capacity: {value: 175, source: S, status: claimed}
  body_resistance: {value: 4, source: S, status: claimed}
  body_limit: {value: 48, source: S, status: claimed}
  ambient: {value: 25, source: S, status: claimed}
  peak_power: {value: 11.5 W, source: S, status: claimed}
  idle_power: {value: 0.5 W, source: S, status: claimed}
  speed_exponent: {value: 0.5, range: [0.33, 1], source: S, status: claimed}
)";

TEST_CASE("how a machine throttles", "[catalog]") {
  expect_each(EntryKind::system, valid_system + thermal_section,
              {{"value: 3,", "value: @3 J,", "number"},
               {"value: 3,", "value: @0,", "out-of-range"},
               {"value: 11.5 W", "value: @11.5", "unit"},
               {"[85, 105]", "@[105, 85]", "bad-range"},
               {"value: 95, range: [85, 105]", "value: @950", "out-of-range"},
               {"body_limit: {value: 48", "body_limit: @{value: 20", "inconsistent"},
               {"peak_power: {value: 11.5 W", "peak_power: @{value: 0.4 W", "inconsistent"},
               {"value: 0.5, range: [0.33, 1]", "value: @2", "out-of-range"},
               {"ambient: {value: 25, source: S,", "ambient: @{value: 25,", "missing-source"}});
}

TEST_CASE("class defaults of cached reads and of a drive's writes", "[catalog]") {
  const DataFixture data;
  data.write_all();
  data.write("hwdb/roofs.yaml", valid_roofs + R"(cached_reads:
  default:
    per_thread: {value: 9 GB/s, source: S, status: claimed}
    ceiling: {value: 0.4, source: S, status: claimed}
dma_slowdown:
  hbm: {value: 2, range: [1, 4], source: S, status: claimed}
)");
  Catalog catalog(data.only());
  Diagnostics problems;
  const RoofTable& roofs = catalog.roofs(problems);
  CHECK(codes_and_places(problems).empty());
  CHECK(roofs.cached_reads.at("default").per_thread.value.base() == 9e9);
  CHECK(roofs.cached_reads.at("default").ceiling.value == 0.4);
  CHECK(roofs.dma_slowdown.at("hbm").high == 4.0);
}

TEST_CASE("every enumerator has a word of its own", "[catalog]") {
  CHECK(word(EntryKind::model) == "model");
  CHECK(word(Precision::int4) == "int4");
  CHECK(word(Fusion::quantize) == "quantize");
  CHECK(word(Parallelism::cpu_experts) == "cpu_experts");
  CHECK(word(TensorClass::indexer) == "indexer");
  CHECK(word(LayerFfn::moe) == "moe");
  CHECK(word(ReplacementKind::pinned) == "pinned");
  CHECK(word(ReadAccess::mmap) == "mmap");
  CHECK(word(WeightMemory::wired) == "wired");
  CHECK(word(LayerPart::experts) == "experts");
  CHECK(word(PrefillKind::layer_by_layer) == "layer_by_layer");
  CHECK(entry_kind("devices") == EntryKind::device);
  CHECK(entry_kind("device") == EntryKind::device);
  CHECK_FALSE(entry_kind("gadgets"));
}

}  // namespace
}  // namespace plimsoll
