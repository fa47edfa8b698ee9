#include "presenters/plan_desk.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "presenters/shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

using Clock = std::chrono::steady_clock;

// Sanitizers make everything about ten times as slow.
#ifdef __SANITIZE_ADDRESS__
constexpr std::chrono::seconds at_once(10);
#else
constexpr std::chrono::seconds at_once(1);
#endif

Requirement named(const std::string& model) {
  Requirement requirement;
  requirement.model.value = model;
  return requirement;
}

// Collects what is delivered.
struct PlanScene {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<PlanAnswer> answers;
  std::vector<PlanProgress> progress;
  int running = 0;

  PlanDesk::Deliver deliver() {
    return [this](PlanAnswer answer) {
      const std::lock_guard lock(mutex);
      answers.push_back(std::move(answer));
      changed.notify_all();
    };
  }
  PlanDesk::Tell tell() {
    return [this](PlanProgress told) {
      const std::lock_guard lock(mutex);
      progress.push_back(told);
      changed.notify_all();
    };
  }
  // Goes on until it is stopped.
  PlanDesk::Planning endless() {
    return
        [this](const Requirement& requirement, const CatalogFactory&, const PlanOptions& options) {
          {
            const std::lock_guard lock(mutex);
            ++running;
            changed.notify_all();
          }
          options.progress(1, 10);
          while (!options.stop->load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          PlanResult result;
          result.requirement = requirement;
          result.complete = false;
          return result;
        };
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::minutes(2), condition);
  }
};

}  // namespace

TEST_CASE("what is cancelled delivers what it has, marked as incomplete", "[plan_desk]") {
  PlanScene scene;
  PlanDesk desk(no_data(), scene.deliver(), scene.tell(), scene.endless());
  desk.run(named("a"), 1);
  REQUIRE(scene.wait([&] { return !scene.progress.empty(); }));
  CHECK(scene.progress[0].done == 1);
  CHECK(scene.progress[0].total == 10);
  CHECK(scene.answers.empty());
  desk.cancel();
  REQUIRE(scene.wait([&] { return scene.answers.size() == 1; }));
  REQUIRE(scene.answers[0].result);
  CHECK_FALSE(scene.answers[0].result->complete);
}

TEST_CASE("a second search takes the place of the first", "[plan_desk]") {
  PlanScene scene;
  PlanDesk desk(no_data(), scene.deliver(), scene.tell(), scene.endless());
  desk.run(named("a"), 1);
  REQUIRE(scene.wait([&] { return scene.running == 1; }));
  desk.run(named("b"), 2);
  REQUIRE(scene.wait([&] { return scene.running == 2; }));
  desk.cancel();
  REQUIRE(scene.wait([&] { return !scene.answers.empty(); }));
  REQUIRE(scene.answers.size() == 1);
  CHECK(scene.answers[0].number == 2);
  CHECK(*scene.answers[0].result->requirement.model.value == "b");
}

TEST_CASE("a desk that goes away stops its search", "[plan_desk]") {
  PlanScene scene;
  {
    PlanDesk desk(no_data(), scene.deliver(), scene.tell(), scene.endless());
    desk.run(named("a"), 1);
    REQUIRE(scene.wait([&] { return scene.running == 1; }));
  }
  CHECK(scene.answers.empty());
}

TEST_CASE("what is refused says why", "[plan_desk]") {
  PlanScene scene;
  PlanDesk desk([] { return new_shipped_catalog(); }, scene.deliver(), scene.tell());
  desk.run(requirement_from_options({{"model", "no-such-model"}}), 1);
  REQUIRE(scene.wait([&] { return !scene.answers.empty(); }));
  CHECK_FALSE(scene.answers[0].result);
  REQUIRE_FALSE(scene.answers[0].problems.empty());
  CHECK(scene.answers[0].problems[0].code == "unknown-model");
}

TEST_CASE("a search of the whole catalogue stops within a second", "[plan_desk]") {
  PlanScene scene;
  PlanDesk desk([] { return new_shipped_catalog(); }, scene.deliver(), scene.tell());
  desk.run(requirement_from_options({{"model", "mixtral-8x22b"}, {"users", "4"}}), 1);
  REQUIRE(scene.wait([&] { return !scene.progress.empty(); }));
  const Clock::time_point begin = Clock::now();
  desk.cancel();
  REQUIRE(scene.wait([&] { return !scene.answers.empty(); }));
  CHECK(Clock::now() - begin < at_once);
  REQUIRE(scene.answers[0].result);
  CHECK_FALSE(scene.answers[0].result->complete);
}
