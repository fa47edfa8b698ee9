// Work that takes longer than a blink, off the window's thread.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <memory>
#include <thread>
#include <utility>

namespace plimsoll::gui {

// One piece of work at a time. Its end waits for the work, whose result is then dropped.
class Background : public QObject {
 public:
  using QObject::QObject;

  bool busy() const { return busy_; }

  // Runs work() on a thread of its own and done(result) on that of this object. Neither may throw;
  // not while busy.
  template <class Work, class Done>
  void run(Work work, Done done) {
    busy_ = true;
    thread_ = std::jthread([this, work = std::move(work), done = std::move(done)]() mutable {
      auto result = std::make_shared<decltype(work())>(work());
      const auto deliver = [this, result, done = std::move(done)]() mutable {
        busy_ = false;
        done(std::move(*result));
      };
      QMetaObject::invokeMethod(this, deliver, Qt::QueuedConnection);
    });
  }

 private:
  bool busy_ = false;
  std::jthread thread_;
};

}  // namespace plimsoll::gui
