"""A row: what the admin sees of a PynamoDB item. Django's forms, permissions and addresses stand on it; the item is
what is stored. dynamo/README.md has an example.

Fields are derived from the item's attributes. A row is a Django model without a table of its own (`managed = False`);
it is saved by one conditional write, on the attributes that changed, so that what others write meanwhile survives.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import quote, unquote

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.db.models.signals import post_delete, pre_delete
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from dynamo.admin import fields
from dynamo.admin.query.comparisons import Values
from dynamo.admin.query.queryset import RowManager
from dynamo.admin.rows.metaclass import ROW_KEY, RowBase
from dynamo.errors import AlreadyExists, ItemTooLarge, TransactionFailed, VersionConflict
from dynamo.models import Key, Model, VersionedModel, now
from dynamo.transactions import change_in, create_in, remove_in, transaction

I = TypeVar("I", bound=Model)  # noqa: E741 - the item

# A write that succeeds or fails together with a row's.
Part = Callable[[TransactWrite], None]
# DynamoDB's limit on an item, in bytes.
ITEM_BYTES = 400 * 1024


class Row(models.Model, Generic[I], metaclass=RowBase):
    """The base of rows. `item` is what was read, with its own types; None before the first save.

    `partition` names index hash keys that have one value in every row, e.g. {"kind": "post"}: an index over all rows.
    `field_options` has arguments for derived fields by attribute: anything a Django field takes, and `field_class`,
    `widget`.
    """

    item_class: ClassVar[Any]
    partition: ClassVar[Mapping[str, Any]] = {}
    field_options: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    widgets: ClassVar[Mapping[str, Any]] = {}

    objects = RowManager()

    item: I | None = None
    # The values as they were read, by field; without those an index did not project.
    held: Mapping[str, Any] = {}
    _parts: Sequence[Part] = ()

    class Meta:
        abstract = True
        managed = False
        base_manager_name = "objects"

    if TYPE_CHECKING:
        # The derived fields, which no type checker can see; `item` has their types.
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: object) -> None: ...

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, parts: Sequence[Part] = (), **kwargs: Any) -> None:
        """One conditional write at the version that was read, or one TransactWriteItems together with `parts`.

        Raises AlreadyExists, VersionConflict, DoesNotExist, ItemTooLarge, Unavailable.
        """
        self._parts = parts
        self.set_key()
        try:
            super().save(*args, **kwargs)
        finally:
            self._parts = ()

    # --- Reading ---------------------------------------------------------------------------------------------------

    @classmethod
    def from_item(cls, item: I, projected: Iterable[str] | None = None) -> Self:
        """The row of an item; of one that an index projected, fields it lacks are loaded when they are asked for."""
        values_of, held = cls.values_of(item), None if projected is None else {ROW_KEY, *projected}
        found = [field for field in cls._meta.concrete_fields if held is None or field.name in held]
        row = cls.from_db(DEFAULT_DB_ALIAS, [field.attname for field in found], [values_of(f.name) for f in found])
        row.item, row.held = item, row._loaded()
        return row

    @classmethod
    def values_of(cls, item: I) -> Values:
        """The values of an item as a row has them, by field name."""
        return lambda name: cls.pk_of(item) if name == ROW_KEY else fields.plain(getattr(item, name))

    @classmethod
    def text_of(cls, name: str, value: object) -> str:
        """A field's value where people compare versions: override it for maps, which are shown as JSON."""
        choices = cls._meta.get_field(name).flatchoices  # type: ignore[union-attr]  # rows have no relations
        return fields.as_text(dict(choices).get(value, value) if choices else value)

    @classmethod
    def in_form(cls, value: object) -> Any:
        """A value as far as the form shows it: override it where that is less, as of a time without seconds."""
        return value

    @classmethod
    def pk_of(cls, item: I) -> Any:
        """The primary key of an item's row."""
        attributes = cls.item_class.get_attributes()
        names = cls._key_names()
        if len(names) == 1:
            return getattr(item, names[0])
        return ":".join(quote(str(attributes[name].serialize(getattr(item, name))), safe="") for name in names)

    @classmethod
    def key_of(cls, pk: object) -> Key | None:
        """The item's key for a row's primary key, or None for what can't be a key."""
        names, attributes = cls._key_names(), cls.item_class.get_attributes()
        if len(names) == 1:
            return (pk,) if fields.fits_key(pk, fields.HASH_KEY_BYTES) else None
        parts = [unquote(part) for part in str(pk).split(":")]
        limits = fields.HASH_KEY_BYTES, fields.RANGE_KEY_BYTES
        try:
            key = tuple(attributes[name].deserialize(part) for name, part in zip(names, parts, strict=True))
        except ValueError:
            return None
        # A number's text is read as JSON, which may be anything.
        are_numbers = (
            type(v) in (int, float) for v, n in zip(key, names, strict=True) if attributes[n].attr_type == "N"
        )
        return key if all(are_numbers) and all(map(fields.fits_key, key, limits)) else None

    @classmethod
    def _key_names(cls) -> list[str]:
        names: list[str] = cls.item_class.key_names()
        return names

    @classmethod
    def is_row(cls, item: I) -> bool:
        """Whether an item of the table is a row of this kind: override it where a table holds several."""
        return all(getattr(item, name) == value for name, value in cls.partition.items())

    @classmethod
    def is_versioned(cls) -> bool:
        """Whether its item has a version, without which a row can be looked at but not safely changed."""
        return issubclass(cls.item_class, VersionedModel)

    def key(self) -> Key:
        """The item's key, from the fields."""
        return tuple(getattr(self, name) for name in self._key_names())

    def _loaded(self) -> dict[str, Any]:
        deferred = self.get_deferred_fields()
        return {f.name: _value(f, self) for f in self._meta.concrete_fields if f.attname not in deferred}

    @property
    def shown_version(self) -> str:
        """What a page carries of the row it shows: the version, and when the row was made, as far as that was read.

        The key may be another row's by now, deleted and written anew or left by a rename, at the same version.
        """
        made = self.held.get("created_at")
        return f"{self.version}@{made.isoformat()}" if made else str(self.version)

    def is_at(self, shown_version: str | None) -> bool:
        """Whether this is the row, and the version of it, that a page showed."""
        version, _, made = (shown_version or "").partition("@")
        return version == str(self.version) and made in ("", self.shown_version.partition("@")[2])

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: "QuerySet[Self] | None" = None,
    ) -> None:
        """Read the item again, consistently: all fields, or these. One GetItem. Raises DoesNotExist."""
        fresh = (from_queryset or type(self).objects).get(pk=self.pk)
        for field in self._meta.concrete_fields:
            if fields is None or field.name in fields or field.attname in fields:
                setattr(self, field.attname, getattr(fresh, field.attname))
        if fields is None:
            self.item = fresh.item
        self.held = {**self.held, **{name: fresh.held[name] for name in fields or fresh.held}}

    def load_rest(self) -> None:
        """Read what an index did not project, if anything. One GetItem. Raises VersionConflict, DoesNotExist."""
        if not (deferred := self.get_deferred_fields()):
            return
        fresh = type(self).objects.get(pk=self.pk)
        if fresh.version != self.version:
            raise VersionConflict
        for name in deferred:
            setattr(self, name, getattr(fresh, name))
        self.item, self.held = fresh.item, fresh.held

    # --- Writing ---------------------------------------------------------------------------------------------------

    def changes(self) -> dict[str, Any]:
        """What differs from what was read: attribute -> new value, None where it is to go. All of it, if it is new."""
        attributes, found = self.item_class.get_attributes(), {}
        for name, value in self._loaded().items():
            if name in attributes and name not in (*fields.BOOKKEEPING, *fields.STAMPS, *self.partition):
                after, before = (fields.stored(attributes[name], one) for one in (value, self.held.get(name)))
                if after != before and not (self.item is not None and name in self._key_names()):
                    found[name] = after
        return found

    def as_item(self) -> Any:
        """The item as it would be with the changes, on a copy: the version is the one that was read."""
        made = self.item_class.from_raw_data(self.item.serialize()) if self.item is not None else self._new_item()
        for name, value in self.changes().items():
            setattr(made, name, value)
        return made

    def _new_item(self) -> Any:
        return self.item_class(*self.key(), **self.partition)

    def bring_back(self) -> None:
        """Make a row that was read before it was deleted a new one, at a version nobody has seen."""
        self._state.adding, self.item, self.held = True, None, {}
        self.version, self.updated_at = (getattr(self, "version", 0) or 0) + 1, now()

    def check_size(self) -> None:
        """Raises ItemTooLarge before DynamoDB would."""
        size = fields.item_size(self.as_item().serialize())
        if size > ITEM_BYTES:
            raise ItemTooLarge(f"This takes {size // 1024} KB; DynamoDB keeps at most 400 KB in one item.")

    def set_key(self) -> None:
        """Make a new row's primary key of its item's two, where it has two."""
        if self._state.adding and len(self._key_names()) > 1:
            self.pk = self.pk_of(self._new_item())

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """As Django's, and that no row has both keys. One GetItem, for a new row. Raises ValidationError."""
        super().validate_unique(exclude)
        if len(self._key_names()) == 1 or not self._state.adding or any(value is None for value in self.key()):
            return
        self.set_key()
        if type(self).objects.filter(pk=self.pk).exists():
            raise ValidationError({NON_FIELD_ERRORS: [self.unique_error_message(type(self), tuple(self._key_names()))]})

    def _save_table(
        self,
        raw: bool = False,
        cls: type[models.Model] | None = None,
        force_insert: bool = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> bool:
        """In place of Django's INSERT and UPDATE; whether there was an item. `raw`: a fixture replaces it."""
        self._refuse_unversioned()
        if raw:
            self._restore()
            return False
        deferred = self.get_deferred_fields()
        for field in self._meta.concrete_fields:
            if field.attname not in deferred:
                field.pre_save(self, self._state.adding)
        adding = (self._state.adding or force_insert) and not force_update
        if not deferred:
            self.check_size()
        if adding:
            self._create()
        else:
            self._change(update_fields)
        self.held = self._loaded()
        return not adding

    def _create(self) -> None:
        item = self.as_item()
        item.version, item.created_at = getattr(self, "version", None) or 1, getattr(self, "created_at", None)
        item.updated_at = getattr(self, "updated_at", None)
        if self._parts:
            _transact(lambda block: create_in(block, item), self._parts, AlreadyExists)
        else:
            item.create()
        self._take(item)

    def _change(self, only: Iterable[str] | None) -> None:
        if self.item is None:
            # Made by hand from a key: what is stored is not known, so all that is set is written.
            self.item = self._new_item()
        changes = {name: value for name, value in self.changes().items() if only is None or name in only}
        actions, expect, at = actions_for(self.item_class, changes), getattr(self, "version", None), now()
        if not self._parts:
            self._take(self.item_class.change(self.key(), actions, expect=expect, at=at))
            return
        item, key = self.as_item(), self.key()
        _transact(
            lambda block: change_in(block, self.item_class, key, actions, expect=expect, at=at),
            self._parts,
            VersionConflict,
        )
        item.version, item.updated_at = (expect or 0) + 1, at
        self._take(item)

    def _restore(self) -> None:
        """Put a fixture's values in place of whatever is there, at a version nobody has seen."""
        given, new, known = self.changes(), self._new_item(), fields.ordered_attributes(self.item_class)
        kept = (*fields.BOOKKEEPING, *fields.STAMPS, *self._key_names())
        restored = {name: fields.loaded(each, given.get(name)) for name, each in known.items() if name not in kept}
        changes = restored | dict(self.partition)
        # Of which class an item is, PynamoDB writes where it creates one.
        changes |= {name: getattr(new, name) for name in self.item_class.get_attributes() if name not in known}
        if (created := getattr(self, "created_at", None)) is not None:
            changes["created_at"] = created
        at = getattr(self, "updated_at", None)
        self._take(self.item_class.change(self.key(), actions_for(self.item_class, changes), upsert=True, at=at))

    def _take(self, item: I) -> None:
        self.item = item
        values_of = self.values_of(item)
        for field in self._meta.concrete_fields:
            # A file field's own value stays: it knows its storage.
            if not isinstance(field, models.FileField):
                setattr(self, field.attname, values_of(field.name))

    def delete(self, using: object = None, keep_parents: bool = False, *, parts: Sequence[Part] = ()) -> Any:
        """One conditional delete at the version that was read, together with `parts`.

        Raises VersionConflict, DoesNotExist, Unavailable.
        """
        self._refuse_unversioned()
        key, expect = self.key(), getattr(self, "version", None)
        pre_delete.send(sender=type(self), instance=self, using=using, origin=self)
        if parts:
            _transact(lambda block: remove_in(block, self.item_class, key, expect=expect), parts, VersionConflict)
        else:
            self.item_class.remove(key, expect=expect)
        post_delete.send(sender=type(self), instance=self, using=using, origin=self)
        return 1, {self._meta.label: 1}

    delete.alters_data = save.alters_data = True  # type: ignore[attr-defined]  # templates must not call them

    def _refuse_unversioned(self) -> None:
        if not self.is_versioned():
            raise TypeError(
                f"{self.item_class.__name__} has no version, so it is not changed here: see VersionedModel."
            )


def actions_for(item: type[Model], changes: Mapping[str, Any]) -> list[Action]:
    """DynamoDB's update actions for changes: None takes an attribute away."""
    return [
        getattr(item, name).remove() if value is None else getattr(item, name).set(value)
        for name, value in changes.items()
    ]


def _transact(write: Part, parts: Sequence[Part], refused: type[AlreadyExists] | type[VersionConflict]) -> None:
    try:
        with transaction() as block:
            write(block)
            for part in parts:
                part(block)
    except TransactionFailed as failed:
        if "ConditionalCheckFailed" in failed.reasons:
            raise refused from failed
        raise


def _value(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    value = field.value_from_object(row)
    return value.name if isinstance(value, FieldFile) else value
