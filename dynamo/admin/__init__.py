"""The stock Django admin over PynamoDB models: see dynamo/README.md for a model and its admin in 20 lines.

An item (PynamoDB) is what is stored; a Row (rows/) is the Django model the admin sees, its fields derived from the
item's attributes; a queryset of rows (query/) is answered by a Plan; RowAdmin (options.py, on history/ and writing.py)
is Django's ModelAdmin for it. Nothing of django.contrib.admin is replaced or patched: it is led past SQL by methods
that Django documents, and where it does not, by these points, which are tested on each version of Django:

  QuerySet._iterable_class            where rows come from; QuerySet.query is read for filters, ordering and limit
  Model._save_table                   the one place below save() and fixtures' raw saves that would write SQL
  ModelForm._post_clean               what was not touched keeps its stored value
  ContentTypeManager._add_to_cache    content types are known without their table
  ChangeList.result_list._result_cache  the page that was read is the list that is shown
  ModelBase.__new__                   fields are derived before Django looks at the class
"""
