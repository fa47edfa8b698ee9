// The form of a requirement: a field a line, each with its unit, and what is wrong with it.
#pragma once

#include <QWidget>
#include <map>
#include <string>

#include "catalog/catalog.h"
#include "presenters/requirement_form.h"

class QComboBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace plimsoll::gui {

class RequirementFields : public QWidget {
  Q_OBJECT

 public:
  RequirementFields(Catalog& catalog, QWidget* parent);

  RequirementForm form() const;  // in neutral figures
  void show_form(const RequirementForm& form);
  // Under the fields they are about; those about none are left to the caller.
  void show_problems(const std::map<std::string, std::string>& problems);
  void fill_choices(Catalog& catalog);

 signals:
  void changed();

 private:
  // What a field is, by its key of a requirement file.
  struct Field {
    QWidget* editor = nullptr;
    QLabel* problem = nullptr;
  };

  void add(QFormLayout* layout, const char* key, const QString& label, QWidget* editor,
           const QString& tip);
  QComboBox* add_choice(QFormLayout* layout, const char* key, const QString& label,
                        const QString& open, const QString& tip);
  void add_figure(QFormLayout* layout, const char* key, const QString& label, const QString& unit,
                  const QString& none, const QString& tip);
  void fill(const char* key, EntryKind kind, Catalog& catalog);

  std::map<std::string, Field> fields_;
};

}  // namespace plimsoll::gui
