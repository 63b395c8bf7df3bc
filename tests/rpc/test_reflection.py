from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.rpc.fakes import World


def test_a_client_that_knows_nothing_finds_the_services_and_their_messages(start_server, connect) -> None:
    database = ProtoReflectionDescriptorDatabase(connect(start_server(World()).port))
    assert set(database.get_services()) >= {
        "grpc.health.v1.Health",
        "identity.v1.SessionService",
        "notification.v1.NotificationService",
    }
    service = DescriptorPool(database).FindServiceByName("identity.v1.SessionService")
    assert "password" in service.methods_by_name["SignIn"].input_type.fields_by_name
