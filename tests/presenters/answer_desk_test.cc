#include "presenters/answer_desk.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "shipped.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::gui;

namespace {

// Collects what is delivered; holds the desk in its first answer until told.
struct AnswerScene {
  std::mutex mutex;
  std::condition_variable changed;
  bool may_answer = false;
  bool answering = false;
  std::vector<std::pair<std::uint64_t, AnswerStage>> delivered;

  AnswerDesk::Answering slowly() {
    return [this](const ScenarioSpec&, Catalog&, AnswerStage stage, std::uint64_t question) {
      std::unique_lock lock(mutex);
      answering = true;
      changed.notify_all();
      changed.wait(lock, [this] { return may_answer; });
      return Answer{
          .question = question, .stage = stage, .evaluation = std::make_shared<const Evaluation>()};
    };
  }
  AnswerDesk::Deliver deliver() {
    return [this](const std::shared_ptr<const Answer>& answer) {
      const std::lock_guard lock(mutex);
      delivered.emplace_back(answer->question, answer->stage);
      changed.notify_all();
    };
  }
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10), condition);
  }
  void let_go() {
    const std::lock_guard lock(mutex);
    may_answer = true;
    changed.notify_all();
  }
};

}  // namespace

TEST_CASE("the desk answers both stages in order", "[answer_desk]") {
  AnswerScene scene;
  scene.may_answer = true;
  AnswerDesk desk(no_data(), scene.deliver(), scene.slowly());
  desk.ask({}, 1);
  REQUIRE(scene.wait([&] { return scene.delivered.size() == 2; }));
  CHECK(scene.delivered[0] == std::pair(std::uint64_t{1}, AnswerStage::first));
  CHECK(scene.delivered[1] == std::pair(std::uint64_t{1}, AnswerStage::complete));
}

TEST_CASE("answers that come too late and questions that waited are dropped", "[answer_desk]") {
  AnswerScene scene;
  AnswerDesk desk(no_data(), scene.deliver(), scene.slowly());
  desk.ask({}, 1);
  REQUIRE(scene.wait([&] { return scene.answering; }));
  desk.ask({}, 2);
  desk.ask({}, 3);
  scene.let_go();
  REQUIRE(scene.wait([&] { return scene.delivered.size() == 2; }));
  CHECK(scene.delivered[0].first == 3);
  CHECK(scene.delivered[1].first == 3);
}
