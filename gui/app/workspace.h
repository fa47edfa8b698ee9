// What all panels of a window share: the scenario under edit, its history, and the latest answer.
#pragma once

#include <QObject>
#include <QUndoStack>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "plan/plan.h"
#include "presenters/answer.h"
#include "presenters/answer_desk.h"
#include "presenters/overlays.h"
#include "scenario/scenario.h"

namespace plimsoll::gui {

class Workspace : public QObject {
  Q_OBJECT

 public:
  explicit Workspace(CatalogFactory catalogs, QObject* parent = nullptr);
  ~Workspace() override;

  const ScenarioSpec& scenario() const { return scenario_; }

  // One undoable step. `name` stands in the Edit menu ("Change context to 32,768"). Steps in a row
  // with the same `merge_key` (a slider that moves) are one step; an empty key never merges. A step
  // that changes nothing is none.
  void edit(const QString& name, ScenarioSpec after, const std::string& merge_key = {});

  // Another scenario, with no history: New, Open, recovery.
  void start_with(ScenarioSpec scenario);

  QUndoStack& history() { return history_; }

  // Of the window's thread: lists, names, sources. Workers make their own. This machine and model
  // files that a scenario names are laid over both, once an answer has found them.
  Catalog& catalog() { return *catalog_; }
  const CatalogFactory& catalogs() const { return catalogs_; }
  // After the data have changed.
  void reload_catalogs();
  // Entries that somebody has found already: the machine that the start page detected.
  void lay_over(std::vector<GivenEntry> entries);
  // Reads model files anew that have changed or vanished since.
  void look_at_model_files();

  // The latest; null before the first. It may still answer an earlier question.
  std::shared_ptr<const Answer> answer() const { return answer_; }
  bool answer_is_current() const { return answer_ && answer_->question == question_; }

 signals:
  void scenario_changed();
  void started();          // with another scenario; scenario_changed() has been sent
  void answer_changed();   // both stages of an answer
  void catalog_changed();  // what was found in catalog() before is no longer its own

  // What one part of the window asks of another.
  void requirement_opened(const plimsoll::Requirement& requirement);  // of the Choose panel
  void field_wanted(const std::string& field);  // of the form; names as in scenario_fields.h

 private:
  friend class ScenarioStep;
  void set_scenario(ScenarioSpec scenario);
  void receive(std::shared_ptr<const Answer> answer);
  void ask(bool fresh_catalog);
  void renew_catalog();
  AnswerDesk::Answering answering();

  std::shared_ptr<Overlays> overlays_;
  CatalogFactory catalogs_;
  std::unique_ptr<Catalog> catalog_;
  ScenarioSpec scenario_;
  QUndoStack history_;
  std::shared_ptr<const Answer> answer_;
  std::uint64_t question_ = 0;
  std::unique_ptr<AnswerDesk> desk_;  // last: its thread calls receive()
};

}  // namespace plimsoll::gui
