// Answers scenarios on a thread of its own, always the latest: a question that waits is replaced by
// the next one, and an answer that came too late is dropped. Without Qt.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "plan/plan.h"
#include "presenters/answer.h"

namespace plimsoll::gui {

class AnswerDesk {
 public:
  // Called on the desk's thread, first stage before the complete one of the same question.
  using Deliver = std::function<void(std::shared_ptr<const Answer>)>;
  // What answers; tests put another one in its place.
  using Answering =
      std::function<Answer(const ScenarioSpec&, Catalog&, AnswerStage, std::uint64_t question)>;

  AnswerDesk(CatalogFactory catalogs, Deliver deliver, Answering answering = answer);
  // Waits for the stage that is being worked on; nothing is delivered after it returns.
  ~AnswerDesk();
  AnswerDesk(const AnswerDesk&) = delete;
  AnswerDesk& operator=(const AnswerDesk&) = delete;

  // `question` rises from call to call. `fresh_catalog`: what the catalogue holds has changed.
  void ask(ScenarioSpec spec, std::uint64_t question, bool fresh_catalog = false);

 private:
  struct Question {
    ScenarioSpec spec;
    std::uint64_t number = 0;
  };
  std::optional<Question> next(const std::stop_token& stop);
  bool is_latest(std::uint64_t question) const;
  void work(const std::stop_token& stop);

  CatalogFactory catalogs_;
  Deliver deliver_;
  Answering answering_;
  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::optional<Question> waiting_;
  std::uint64_t latest_ = 0;
  bool fresh_catalog_ = true;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace plimsoll::gui
