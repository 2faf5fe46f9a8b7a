"""The contract has one encoding: no field of it is of a kind that protobuf may encode in two ways, or not at all."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

import hefu.v1

SIGNED_FILES = {"ledger", "identity", "pledges", "receivables", "network"}
ENGINE_FILES = {"abci", "consensus"}
"""Another's contract, which we only spell: what of it enters a proof is kept as the engine's own bytes."""
FLOATS = {FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_FLOAT}


def signed_modules() -> list[ModuleType]:
    """Modules of messages that are signed, stored or proved; those that declare services only carry them."""
    names = [module.name for module in pkgutil.iter_modules(hefu.v1.__path__) if module.name.endswith("_pb2")]
    modules = [importlib.import_module(f"hefu.v1.{name}") for name in names if name[:-4] not in ENGINE_FILES]
    return [module for module in modules if not module.DESCRIPTOR.services_by_name]


def file_of(module: ModuleType) -> FileDescriptorProto:
    proto = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(proto)
    return proto


def faults(message: DescriptorProto, path: str) -> Iterator[str]:
    """Every field below the message that breaks the rule, with the rule."""
    if message.options.map_entry:
        yield f"{path}: a map"
    if message.extension or message.extension_range:
        yield f"{path}: an extension"
    for field in message.field:
        name = f"{path}.{field.name}"
        if field.type in FLOATS:
            yield f"{name}: a float"
        if field.type == FieldDescriptorProto.TYPE_GROUP:
            yield f"{name}: a group"
        if field.type_name.startswith(".google.protobuf."):
            yield f"{name}: {field.type_name}"
        if field.proto3_optional and field.type != FieldDescriptorProto.TYPE_MESSAGE:
            yield f"{name}: a scalar with presence"
    for nested in message.nested_type:
        yield from faults(nested, f"{path}.{nested.name}")


def test_the_walk_covers_the_contract():
    covered = {file_of(module).name for module in signed_modules()}
    assert covered >= {f"hefu/v1/{name}.proto" for name in SIGNED_FILES}


def test_no_field_may_be_encoded_in_two_ways():
    files = [file_of(module) for module in signed_modules()]
    assert [fault for file in files for message in file.message_type for fault in faults(message, message.name)] == []
    assert all(file.syntax == "proto3" for file in files)
    assert not any(file.extension for file in files)


def test_each_enum_begins_with_a_zero_that_means_nothing():
    def enums(message: DescriptorProto) -> Iterator[str]:
        yield from (enum.value[0].name for enum in message.enum_type)
        for nested in message.nested_type:
            yield from enums(nested)

    files = [file_of(module) for module in signed_modules()]
    first = [enum.value[0].name for file in files for enum in file.enum_type]
    first += [name for file in files for message in file.message_type for name in enums(message)]
    assert [name for name in first if not name.endswith("_UNSPECIFIED")] == []
