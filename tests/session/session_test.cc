#include "session/session.h"

#include <memory>
#include <string>
#include <vector>

#include "support/catch.h"

using namespace plimsoll;

TEST_CASE("a scenario names its model, its system and the systems of its nodes", "[session]") {
  ScenarioSpec spec = scenario_from_options({{"model", "gemma-2b"}, {"system", "here"}}, {});
  ClusterSpec cluster;
  cluster.nodes = {{.id = "a", .system = "2x here"}, {.id = "b", .system = "rtx-4090-pc"}};
  spec.own_cluster = std::make_shared<const ClusterSpec>(cluster);
  const NamedThings named = named_in(spec);
  CHECK(named.models == std::vector<std::string>{"gemma-2b"});
  CHECK(named.systems == std::vector<std::string>{"here", "2x here", "rtx-4090-pc"});
}

TEST_CASE("this machine is laid over where it is named, with a count or without", "[session]") {
  for (const char* name : {"here", "2x here"}) {
    CAPTURE(name);
    Catalog catalog({find_data_folders({})});
    Diagnostics diagnostics;
    lay_over_named({.systems = {name}}, catalog, diagnostics);
    CHECK(catalog.system(this_machine, {}, diagnostics) != nullptr);
    CHECK_FALSE(diagnostics.has_errors());
  }
}

TEST_CASE("names of the catalogue lay nothing over", "[session]") {
  Catalog catalog({find_data_folders({})});
  Diagnostics diagnostics;
  lay_over_named({.models = {"gemma-2b"}, .systems = {"rtx-4090-pc"}}, catalog, diagnostics);
  CHECK(catalog.given().empty());
}

TEST_CASE("a machine of which too little is seen is refused with what is unseen", "[session]") {
  DetectedMachine machine;
  machine.facts.unseen = {"the memory", "the processor"};
  try {
    machine_entries(machine);
    FAIL("not refused");
  } catch (const InputError& refused) {
    const Diagnostic diagnostic = refused.diagnostics().sorted().front();
    CHECK(diagnostic.code == "not-detected");
    CHECK(diagnostic.message.find("the memory; the processor") != std::string::npos);
  }
}

TEST_CASE("an overlay that is no folder is refused by name", "[session]") {
  CHECK_THROWS_WITH(session_folders({}, {"/no/such/folder"}),
                    Catch::Contains("/no/such/folder") && Catch::Contains("unreadable"));
}
