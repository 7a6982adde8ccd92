"""The stock Django admin over PynamoDB models: see dynamo/README.md for a model and its admin in 20 lines.

An item (PynamoDB) is what is stored; a Row (rows.py, making.py, fields.py) is the Django model the admin sees, its
fields derived from the item's attributes; a queryset of rows (query.py) is answered by a Plan (plan.py, comparing.py,
ranges.py, paths.py); RowAdmin (options.py, on past.py and writing.py) is Django's ModelAdmin for it. Nothing of
django.contrib.admin is replaced or patched. These are the points where it is led past SQL, and why.

Documented or public, and overridden:
  AdminConfig.default_site            the site for rows becomes `admin.site`
  AdminSite.register                  auth.Group registers itself, and lives in SQL: passed over
  AdminSite.get_log_entries           "recent actions" come from the log in DynamoDB
  AdminSite.get_urls                  "view on site" looks its object up by SQL: an own view under the same name
  AdminSite.admin_view                503 with Retry-After while DynamoDB does not answer
  AdminSite.password_change           no such page for those whose password is kept elsewhere
  AdminSite.disable_action/add_action "delete selected" tells how many rows were really deleted
  ModelAdmin.get_changelist           pages by cursor: RowChangeList overrides get_results alone
  ModelAdmin.get_sortable_by          only what an index can sort
  ModelAdmin.get_readonly_fields, get_fields, get_fieldsets, get_form, get_changelist_form,
  formfield_for_dbfield               derived fields, their order, and what the editor saw
  ModelAdmin.has_*_permission         an item without a version can be looked at only
  ModelAdmin.save_model, delete_model, delete_queryset, log_addition, log_change, log_deletions
                                      a change and its entry in the log are one transaction
  ModelAdmin.changeform_view, changelist_view, delete_view, history_view, get_urls
                                      conflicts, read-your-writes, restore and undelete around the stock views
  ModelAdmin.response_action          what has left the list's filters is told, not passed over
  ModelAdmin.get_object               the delete page reads its row once, not twice
  ModelAdmin.get_paginator            the history view asks for LogEntry by SQL: it gets a page of the log
  ModelAdmin.*_template               pagination, versions in hidden fields, differences in the history
  Model.save, delete, refresh_from_db, validate_unique; QuerySet.count, exists, delete, update

Not documented, and so tested on each version of Django:
  QuerySet._iterable_class            where rows come from; QuerySet.query is read for filters, ordering and limit
  Model._save_table                   the one place below save() and fixtures' raw saves that would write SQL
  ModelForm._post_clean               what was not touched keeps its stored value
  ContentTypeManager._add_to_cache    content types are known without their table
  ChangeList.result_list._result_cache  the page that was read is the list that is shown
  ModelBase.__new__                   fields are derived before Django looks at the class
"""
